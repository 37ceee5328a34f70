import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { isHeaderValue, isToken } from "../transfer/tokens.ts";
import { trimSpaces } from "../transfer/trim.ts";
import { checkEntries } from "./head-size.ts";

/** A header of the caller that is sent. */
export interface Header {
  /** As the caller spelled it. */
  readonly name: ByteString;
  readonly key: string;
  /** The text after the colon, without one blank, because undici adds this blank. */
  readonly value: ByteString;
}

/** The caller's headers, parsed once for all requests of a transfer. */
export interface CallerHeaders {
  /** In the caller's order and spelling, with duplicates. Without headers that undici handles itself. */
  readonly sent: readonly Header[];
  /** Names, in lower case, that appear in the caller's headers. Each replaces the built-in header with this name. */
  readonly mentioned: ReadonlySet<string>;
  /** Value of the Host header; null means the host of the URL. */
  readonly host: ByteString | null;
  /** Whether the caller wants `Transfer-Encoding: chunked`. */
  readonly chunked: boolean;
  /** Whether `Transfer-Encoding:` removes the framing of a body whose length is not known. */
  readonly isUnframed: boolean;
  /** Value of a usable Content-Length header, in bytes; -1 if there is none. */
  readonly contentLength: number;
}

/** The headers of a transfer without the option `headers`. */
export const NO_HEADERS: CallerHeaders = {
  sent: [],
  mentioned: new Set(),
  host: null,
  chunked: false,
  isUnframed: false,
  contentLength: -1,
};

const LINE_BREAK = /[\r\n\0]/;

const REMOVED_FRAMING = /^transfer-encoding:/i;

/** Headers that are not passed on: undici itself frames requests and keeps connections. It refuses the others. */
export const FRAMING_HEADERS: ReadonlySet<string> = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "connection",
  "keep-alive",
  "upgrade",
  "expect",
]);

/**
 * Reads lines in curl's grammar (CURLOPT_HTTPHEADER). `Name: value` is sent. `Name;` is sent with an empty value.
 * `Name:` removes the built-in header with this name. Anything else is ignored.
 *
 * @throws TransferFailure BAD_FUNCTION_ARGUMENT for CR, LF or NUL, and for what HTTP/1.1 cannot express; OUT_OF_MEMORY
 * for too many headers, see `checkEntries`
 */
export function parseHeaders(entries: readonly ByteString[]): CallerHeaders {
  if (entries.length === 0) return NO_HEADERS;
  checkEntries(entries);
  const sent: Header[] = [];
  const mentioned = new Set<string>();
  let chunked = false;
  let isUnframed = false;
  let contentLength = -1;
  for (const entry of entries) {
    const name = mentionedName(entry);
    if (name !== null) mentioned.add(name);
    const header = parseEntry(entry);
    isUnframed ||= header === null && REMOVED_FRAMING.test(entry);
    if (header === null) continue;
    const { key, value } = header;
    if (key === "transfer-encoding") chunked ||= /\bchunked\b/i.test(value);
    else if (key === "content-length" && contentLength < 0) contentLength = lengthOf(value);
    else if (key === "connection" && asksToClose(value)) sent.push({ ...header, value: "close" });
    else if (!FRAMING_HEADERS.has(key)) sent.push(header);
  }
  const host = mentioned.has("host") ? hostOf(entries) : null;
  return { sent, mentioned, host, chunked, isUnframed, contentLength };
}

function parseEntry(entry: ByteString): Header | null {
  if (LINE_BREAK.test(entry)) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
  const colon = entry.indexOf(":");
  if (colon > 0) {
    const text = entry.slice(colon + 1);
    return /[^ \t\v\f]/.test(text) ? toHeader(entry.slice(0, colon), text.replace(/^ /, "")) : null;
  }
  const isEmptyOnPurpose = colon < 0 && entry.length > 1 && entry.indexOf(";") === entry.length - 1;
  return isEmptyOnPurpose ? toHeader(entry.slice(0, -1), "") : null;
}

function toHeader(name: ByteString, value: ByteString): Header {
  if (!isToken(name) || !isHeaderValue(value)) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
  return { name, key: name.toLowerCase(), value };
}

/** The name before a separator. Like curl, it ignores what follows the separator (`Curl_checkheaders`). */
function mentionedName(entry: ByteString): string | null {
  const end = entry.search(/[:;]/);
  return end > 0 ? entry.slice(0, end).toLowerCase() : null;
}

/** The first entry counts. `Host:` should remove the header, but undici cannot do that, so the URL's host is sent. */
function hostOf(entries: readonly ByteString[]): ByteString | null {
  const entry = entries.find((candidate) => /^host[:;]/i.test(candidate) && candidate !== "Host:");
  if (entry === undefined) return null;
  return toHeader("Host", entry.slice("host:".length).replace(/^ /, "")).value;
}

/** Whether the caller asks to close the connection. undici decides about all other tokens of a Connection header. */
function asksToClose(value: ByteString): boolean {
  return value.split(",").some((token) => trimSpaces(token).toLowerCase() === "close");
}

function lengthOf(value: ByteString): number {
  const digits = trimSpaces(value);
  const length = /^[0-9]+$/.test(digits) ? Number(digits) : -1;
  return Number.isSafeInteger(length) ? length : -1;
}
