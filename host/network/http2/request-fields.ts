import { type OutgoingHttpHeaders, sensitiveHeaders } from "node:http2";
import type { RequestHead } from "../request/request.ts";
import { trimSpaces } from "../transfer/trim.ts";

/** RFC 9113 §8.2.2: these belong to a connection of HTTP/1.1. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

/** Name, value, name, value, … */
export type RequestFields = readonly string[];

/** Whether a version of Node takes fields as a list, which costs it less than an object. 23 never did. */
export function takesLists(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major >= 24 || (major === 22 && minor >= 17);
}

const TAKES_LISTS = takesLists(process.versions.node);

/**
 * The fields of a request: Host becomes `:authority`, and names are in lower case.
 *
 * @param length the length of the body; -1 if it is not known, or if there is no body
 */
export function requestFields(head: RequestHead, length: number): RequestFields {
  const { method, target, headers, sensitive } = head;
  const fields = [":method", method, ":scheme", "https", ":authority", "", ":path", target];
  const authority = fields.indexOf(":authority") + 1;
  for (let at = 0; at < headers.length; at += 2) {
    const name = (headers[at] ?? "").toLowerCase();
    const value = trimSpaces(headers[at + 1] ?? "");
    if (name === "host") fields[authority] = value;
    else if (isSent(name, value)) fields.push(name, value);
  }
  if (length >= 0) fields.push("content-length", String(length));
  // No table of HPACK remembers these, here or at an intermediary (RFC 7541 §7.1.3).
  if (sensitive !== undefined)
    Object.assign(fields, { [sensitiveHeaders]: sensitive.map((name) => name.toLowerCase()) });
  return fields;
}

/** The fields in the form that this Node takes. */
export function forNode(fields: RequestFields): OutgoingHttpHeaders {
  return TAKES_LISTS ? (fields as unknown as OutgoingHttpHeaders) : asObject(fields);
}

function isSent(name: string, value: string): boolean {
  return !OF_CONNECTION.has(name) && (name !== "te" || value.toLowerCase() === "trailers");
}

/**
 * An object that inherits nothing, so any name can be a field. V8 reads it faster than one whose prototype is null, which
 * it takes for a dictionary.
 */
const Members = function Members() {} as unknown as new () => OutgoingHttpHeaders;
Members.prototype = Object.create(null);

/** The same fields as an object. A name that occurs again has a list. */
export function asObject(fields: RequestFields): OutgoingHttpHeaders {
  const members = new Members();
  for (let at = 0; at < fields.length; at += 2) {
    const [name, value] = [fields[at] as string, fields[at + 1] as string];
    const present = members[name];
    if (present === undefined) members[name] = value;
    else if (Array.isArray(present)) present.push(value);
    else members[name] = [String(present), value];
  }
  const { [sensitiveHeaders]: unindexed } = fields as unknown as Record<symbol, unknown>;
  if (unindexed !== undefined) Object.assign(members, { [sensitiveHeaders]: unindexed });
  return members;
}
