import { TransferFailure } from "./failures.ts";

/** The head of a response as its peer wrote it, and what is to be made of it. */
export interface ResponseHead {
  readonly status: number;
  /** Bytes of it, the empty line included. */
  readonly size: number;
  /** The same in the form that every parser takes; null where it has that form already. */
  readonly repaired: string | null;
  /** Whether chunks follow. */
  readonly isChunked: boolean;
}

/** Bytes of a line of a head (CURL_MAX_HTTP_HEADER). */
export const LONGEST_LINE = 100 * 1024;

// Nothing here that any parser of HTTP/1.1 could stumble over, or understand in another way than curl does.
const CLEAN =
  /^HTTP\/1\.[01] [2-9]\d\d(?: [^\r\n\0]*)?\r\n(?:[!#$%&'*+\-.^_`|~\w]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n/;
const FRAMING = /\n(?:content-length|transfer-encoding):[ \t]*([^\r\n]*)/gi;
const STATUS_LINE = /^HTTP\/(1\.[01]|2)[ \t]([1-9]\d\d)(?!\S)/i;
// What stands first counts: behind a coding that curl does not undo, chunks are content.
const CHUNKED = /^[ \t,]*chunked[ \t]*(?:,|$)/i;
// A length is a signed number of 64 bits.
const LARGEST_LENGTH = 2n ** 63n - 1n;

/**
 * Reads the head that `text` begins with, as leniently as curl does (Curl_http_readwrite_headers): lines that end with LF
 * alone, folded ones, names with blanks, several lengths, a length beside chunks.
 *
 * @param text latin1, the empty line at its end included
 * @throws TransferFailure UNSUPPORTED_PROTOCOL for what is not HTTP, WEIRD_SERVER_REPLY for a bad header,
 * OUT_OF_MEMORY for a line above 100 KiB
 */
export function readHead(text: string): ResponseHead {
  const clean = CLEAN.exec(text);
  if (clean !== null) {
    const status = Number(text.slice(9, 12));
    const framing = readPlainFraming(clean[0], status);
    if (clean[0].length <= LONGEST_LINE && framing !== null) {
      return { status, size: clean[0].length, repaired: null, isChunked: framing === "chunked" };
    }
  }
  const size = text.search(/\n\r?\n/) + 1;
  const [statusLine = "", ...lines] = text.slice(0, size).split(/\r?\n/).slice(0, -1);
  const line = readStatusLine(statusLine);
  const fields = readFields(lines);
  const { isChunked } = readFraming(fields);
  return {
    status: line.status,
    size: text.indexOf("\n", size) + 1,
    repaired: repair(line, fields),
    isChunked: isChunked && hasContent(line.status),
  };
}

/**
 * The status of a response whose head the end of the connection cut off; 0 where not even the status line is whole.
 * Curl takes it for the whole response, unless there was content to come.
 *
 * @throws TransferFailure PARTIAL_FILE, and as `readHead`
 */
export function readCutHead(text: string): number {
  const lines = text.split(/\r?\n/);
  lines.pop();
  const [statusLine] = lines;
  if (statusLine === undefined) return 0;
  const { status } = readStatusLine(statusLine);
  const { length, isChunked } = readFraming(readFields(lines.slice(1)));
  if (length > 0 || isChunked) throw new TransferFailure("PARTIAL_FILE");
  return status;
}

/** Whether a response of HTTP can begin with these characters, five at most. */
export function mayBeHttp(start: string): boolean {
  return "http/".startsWith(start.toLowerCase());
}

/** The one framing header, of those that undici 7 and curl understand alike; "" is none. Null for anything else. */
function readPlainFraming(head: string, status: number): string | null {
  FRAMING.lastIndex = 0;
  const value = FRAMING.exec(head)?.[1]?.trimEnd().toLowerCase();
  if (value === undefined) return "";
  const isPlain = value === "chunked" || /^\d{1,15}$/.test(value);
  return isPlain && (hasContent(status) || value === "0") && FRAMING.exec(head) === null ? value : null;
}

/** Whether content can follow. What follows 101 has no framing. */
function hasContent(status: number): boolean {
  return status !== 204 && status !== 304 && status !== 101;
}

interface StatusLine {
  version: string;
  status: number;
}

function readStatusLine(line: string): StatusLine {
  if (line.length > LONGEST_LINE) throw new TransferFailure("OUT_OF_MEMORY");
  const [, version, status] = STATUS_LINE.exec(line) ?? [];
  if (version === undefined) throw new TransferFailure("UNSUPPORTED_PROTOCOL");
  if (line.includes("\0")) throw new TransferFailure("WEIRD_SERVER_REPLY");
  return { version, status: Number(status) };
}

type Fields = [name: string, value: string][];

function readFields(lines: readonly string[]): Fields {
  const fields: Fields = [];
  for (const line of lines) {
    if (line.length > LONGEST_LINE) throw new TransferFailure("OUT_OF_MEMORY");
    if (line.includes("\0")) throw new TransferFailure("WEIRD_SERVER_REPLY");
    const colon = line.indexOf(":");
    // Curl looks at each line on its own, and a folded one says nothing then.
    if (/^[ \t]/.test(line) && fields.length > 0) continue;
    if (colon < 0) throw new TransferFailure("WEIRD_SERVER_REPLY");
    // A name ends right before its colon: with a blank there it is another name.
    fields.push([line.slice(0, colon).toLowerCase(), trimBlanks(line.slice(colon + 1))]);
  }
  return fields;
}

/** Of ASCII's blanks only: in a byte string, a byte of UTF-8 may look like one of Unicode's. */
export function trimBlanks(text: string): string {
  return text.replace(/^[ \t-\r]+|[ \t-\r]+$/g, "");
}

/** The last length counts, and none beside chunks. What is not chunked first is not decoded at all (libcurl 8.5). */
function readFraming(fields: Fields): { length: number; isChunked: boolean } {
  let length = -1;
  let isChunked = false;
  for (const [name, value] of fields) {
    if (name === "transfer-encoding") isChunked ||= CHUNKED.test(value);
    if (name === "content-length") length = readLength(value);
  }
  return isChunked ? { length: -1, isChunked } : { length, isChunked };
}

/** -1, which is the end of the connection, for a number that is too large to be one. */
function readLength(value: string): number {
  const digits = /^\+?(\d+)/.exec(value)?.[1];
  if (digits === undefined) throw new TransferFailure("WEIRD_SERVER_REPLY");
  return BigInt(digits) > LARGEST_LENGTH ? -1 : Math.min(Number(digits), Number.MAX_SAFE_INTEGER);
}

/** A head that says the same with nothing to argue about. */
function repair(line: StatusLine, fields: Fields): string {
  // Nobody asked to switch protocols: whatever comes is content, as for any final status (undici would fail).
  if (line.status === 101) return "HTTP/1.1 200 X\r\nconnection: close\r\n\r\n";
  const { length, isChunked } = readFraming(fields);
  const isEmpty = !hasContent(line.status);
  const location = fields.find(([name, value]) => name === "location" && value !== "")?.[1];
  const lines = [`HTTP/1.1 ${line.status} X`];
  // A tab makes a URL as malformed as any control character does, and gets past the parser.
  const isMalformed = location !== undefined && /[^\x20-\x7e\x80-\xff]/.test(location);
  if (location !== undefined) lines.push(`location: ${isMalformed ? "a\tb" : location}`);
  if (!isEmpty && isChunked) lines.push("transfer-encoding: chunked");
  if (!isEmpty && length >= 0) lines.push(`content-length: ${length}`);
  // After anything odd the next response may begin anywhere.
  if (!isEmpty || !isKeptAlive(line, fields)) lines.push("connection: close");
  return `${lines.join("\r\n")}\r\n\r\n`;
}

function isKeptAlive({ version }: StatusLine, fields: Fields): boolean {
  return (
    version === "1.1" && !fields.some(([name, value]) => name === "connection" && /\bclose\b/i.test(value))
  );
}
