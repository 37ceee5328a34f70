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

/**
 * An object that inherits nothing, so any name can be a field. V8 reads it faster than one whose prototype is null, which
 * it takes for a dictionary.
 */
const Fields = function Fields() {} as unknown as new () => OutgoingHttpHeaders;
Fields.prototype = Object.create(null);

/**
 * The fields of a request, as node:http2 wants them: Host becomes `:authority`, and names are in lower case.
 *
 * @param length the length of the body; -1 if it is not known, or if there is no body
 */
export function requestFields(head: RequestHead, length: number): OutgoingHttpHeaders {
  const { method, target, headers, sensitive } = head;
  const fields = new Fields();
  fields[":method"] = method;
  fields[":scheme"] = "https";
  fields[":authority"] = "";
  fields[":path"] = target;
  for (let at = 0; at < headers.length; at += 2) {
    const name = (headers[at] ?? "").toLowerCase();
    const value = trimSpaces(headers[at + 1] ?? "");
    if (name === "host") fields[":authority"] = value;
    else if (isSent(name, value)) add(fields, name, value);
  }
  // No table of HPACK remembers these, here or at an intermediary (RFC 7541 §7.1.3).
  const unindexed = sensitive?.map((name) => name.toLowerCase());
  if (unindexed !== undefined) Object.assign(fields, { [sensitiveHeaders]: unindexed });
  if (length >= 0) fields["content-length"] = String(length);
  return fields;
}

function isSent(name: string, value: string): boolean {
  return !OF_CONNECTION.has(name) && (name !== "te" || value.toLowerCase() === "trailers");
}

/** A name that occurs again becomes a list. */
function add(fields: OutgoingHttpHeaders, name: string, value: string): void {
  const present = fields[name];
  if (present === undefined) fields[name] = value;
  else if (Array.isArray(present)) present.push(value);
  else fields[name] = [String(present), value];
}
