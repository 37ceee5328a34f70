import { isUtf8 } from "node:buffer";
import { STATUS_CODES } from "node:http";
import type { SeenExchange } from "../exchange/answer.ts";
import type { SentRequest } from "../exchange/sent-request.ts";
import { boundaryOf } from "../request/multipart.ts";
import { parametersOf } from "../request/plain-escapes.ts";
import { decodeContent } from "./codings.ts";
import {
  type HarContent,
  type HarEntry,
  type HarPair,
  type HarPost,
  type HarRequest,
  type HarResponse,
  headerOf,
} from "./har.ts";

/** The boundary of all multipart bodies in cassettes. It is as long as those that are made. */
const BOUNDARY = `${"-".repeat(24)}${"0".repeat(22)}`;
const NUL = 0;

/** An exchange as an entry. Its secrets are still in it. */
export function writeEntry(seen: SeenExchange): HarEntry {
  const { blocked, wait, receive } = seen.timings;
  const entry: HarEntry = {
    startedDateTime: seen.date.toISOString(),
    time: round(blocked + wait + receive),
    request: writeRequest(seen.request),
    response: writeResponse(seen.response),
    cache: {},
    timings: { blocked: round(blocked), send: 0, wait: round(wait), receive: round(receive) },
    _thread: seen.request.thread,
  };
  if (seen.address !== null) entry.serverIPAddress = seen.address;
  if (seen.code !== null) entry._code = seen.code;
  entry.request.httpVersion = entry.response.httpVersion || "HTTP/1.1";
  return entry;
}

/** A request as an entry has it, with the boundary that all have. */
export function writeRequest(sent: SentRequest): HarRequest {
  const headers = writeHeaders(sent.head.headers);
  const type = headerOf(headers, "content-type");
  const given = sent.body;
  const boundary = boundaryOf(type?.value ?? "", given);
  const body = boundary === null ? given : withBoundary(given, boundary);
  if (type !== undefined && boundary !== null) type.value = type.value.replace(boundary, () => BOUNDARY);
  const url = fromBytes(sent.url);
  const request: HarRequest = {
    method: fromBytes(sent.method),
    url,
    httpVersion: "HTTP/1.1",
    cookies: [],
    headers,
    queryString: [...parametersOf(url)].map(([name, value]) => ({ name, value })),
    headersSize: -1,
    bodySize: body.length,
  };
  if (sent.framing !== null) request.postData = writePost(body, type?.value ?? "");
  return request;
}

/** The same post with the boundary that all have, for a body of another program. */
export function withOneBoundary({ postData, ...request }: HarRequest): HarRequest {
  const boundary = boundaryOf(postData?.mimeType ?? "", postData?.text ?? "");
  if (postData?.text === undefined || boundary === null)
    return postData === undefined ? request : { ...request, postData };
  const text = postData.text.replaceAll(boundary, () => BOUNDARY);
  return { ...request, postData: { ...postData, text } };
}

function writePost(body: Buffer, mimeType: string): HarPost {
  const isText = isPlain(body);
  const text = body.toString(isText ? "utf8" : "base64");
  return isText ? { mimeType, text } : { mimeType, text, _encoding: "base64" };
}

function writeResponse(response: SeenExchange["response"]): HarResponse {
  const status = response?.status ?? 0;
  const headers = writeHeaders(response?.fields ?? []);
  return {
    status,
    statusText: STATUS_CODES[status] ?? "",
    httpVersion: response === null ? "" : response.protocol === "h2" ? "HTTP/2" : "HTTP/1.1",
    cookies: [],
    headers,
    content: writeContent(response?.content ?? Buffer.alloc(0), headers),
    redirectURL: headerOf(headers, "location")?.value ?? "",
    headersSize: -1,
    bodySize: response?.content.length ?? 0,
  };
}

function writeContent(content: Buffer, headers: readonly HarPair[]): HarContent {
  const mimeType = headerOf(headers, "content-type")?.value ?? "";
  const coding = headerOf(headers, "content-encoding")?.value.trim().toLowerCase() ?? "";
  const decoded = decodeContent(content, coding);
  const bytes = decoded ?? content;
  const isText = isPlain(bytes);
  return {
    size: bytes.length,
    mimeType,
    text: bytes.toString(isText ? "utf8" : "base64"),
    ...(isText ? {} : { encoding: "base64" }),
    ...(decoded === null ? {} : { _coding: coding }),
  };
}

function writeHeaders(texts: readonly string[]): HarPair[] {
  const headers: HarPair[] = [];
  for (let at = 0; at + 1 < texts.length; at += 2) {
    const [name = "", value = ""] = [texts[at], texts[at + 1]];
    const isText = isUtf8(Buffer.from(value, "latin1"));
    headers.push(isText ? { name, value: fromBytes(value) } : { name, value, _latin1: true });
  }
  return headers;
}

function withBoundary(body: Buffer, boundary: string): Buffer {
  return Buffer.from(
    body.toString("latin1").replaceAll(boundary, () => BOUNDARY),
    "latin1",
  );
}

/** Whether people can read it. */
function isPlain(bytes: Buffer): boolean {
  return isUtf8(bytes) && !bytes.includes(NUL);
}

function fromBytes(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}

function round(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
