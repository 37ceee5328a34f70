import type { ByteString } from "./byte-string.ts";
import type { NamedValue, RawFields } from "./header-fields.ts";
import { trimSpaces } from "./trim.ts";

/** The head of a response, as it was read from a connection; its headers are read only if somebody asks for them. */
export type KeptHead = HeadBytes | RawFields;

/** A head of HTTP/1.1: the first `size` bytes, with its first line and the empty line at its end. */
export interface HeadBytes {
  readonly bytes: Buffer;
  readonly size: number;
}

/** How much more memory a head may keep, besides twice its own length. */
const SLACK = 4096;

/** A head that keeps not much more memory than it is long. */
export function keepHead(bytes: Buffer, size: number): HeadBytes {
  if (bytes.buffer.byteLength <= 2 * size + SLACK) return { bytes, size };
  return { bytes: Buffer.from(bytes.subarray(0, size)), size };
}

/** The headers of a head, in order. */
export function readFields(head: KeptHead): NamedValue[] {
  return "bytes" in head ? fieldsOfBytes(head) : fieldsOfPairs(head);
}

/** The length of the content that a head announces, in bytes; -1 if it announces none. */
export function readLength(head: KeptHead): number {
  const value = readFields(head).find(([name]) => name.toLowerCase() === "content-length")?.[1];
  return value !== undefined && /^[0-9]+$/.test(value) ? Number(value) : -1;
}

/** What the server says of the status, in the first line of HTTP/1.1. It may be empty, as it is in HTTP/2. */
export function readReason(head: KeptHead): ByteString {
  if (!("bytes" in head)) return "";
  const [line = ""] = head.bytes.toString("latin1", 0, head.size).split("\n", 1);
  const [, , ...words] = line.split(" ");
  return trimSpaces(words.join(" "));
}

function fieldsOfPairs(pairs: RawFields): NamedValue[] {
  const fields: NamedValue[] = [];
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    const name = toText(pairs[index]);
    // A colon begins what is no header, such as `:status` of HTTP/2.
    if (!name.startsWith(":")) fields.push([name, trimSpaces(toText(pairs[index + 1]))]);
  }
  return fields;
}

/** As lenient as `ResponseHead`. A folded line belongs to the value of the line before it (RFC 9112 §5.2). */
function fieldsOfBytes({ bytes, size }: HeadBytes): NamedValue[] {
  const found: [name: string, pieces: string[]][] = [];
  for (const line of bytes.toString("latin1", 0, size).split("\n").slice(1)) {
    const pieces = found.at(-1)?.[1];
    const isFolded = line.startsWith(" ") || line.startsWith("\t");
    const colon = line.indexOf(":");
    if (isFolded && pieces !== undefined) pieces.push(trimSpaces(line));
    else if (colon > 0) found.push([line.slice(0, colon), [trimSpaces(line.slice(colon + 1))]]);
  }
  return found.map(([name, pieces]) => [name, trimSpaces(pieces.join(" "))]);
}

function toText(value: string | Buffer = ""): string {
  return typeof value === "string" ? value : value.toString("latin1");
}
