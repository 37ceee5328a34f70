import { type Bytes, bufferOf, concat, decode, encode, viewOf } from "../seam/bytes.ts";
import { host } from "../seam/host.ts";
import { HandleValue } from "../seam/message-pack-reader.ts";
import { streamOfPieces } from "../streams/pieces.ts";
import type { ReadableStream } from "../streams/readable-stream.ts";
import { toClamped, toDictionary, toText } from "../values/idl.ts";

/** The bytes of a Blob, or where the host has them. */
export type Source = Bytes | HandleValue;

/** @internal Where the bytes of a Blob are. */
export let sourceOf: (blob: Blob) => Source;
/** @internal The bytes of a Blob. @throws TypeError if the host streams them */
export let bytesOf: (blob: Blob) => Bytes;

/** Makes a Blob of a source, not of parts. */
export const FROM_SOURCE = Symbol();

export class Blob {
  readonly #source: Source;
  readonly #type: string;

  static {
    sourceOf = (blob) => blob.#source;
    bytesOf = (blob) => readSource(blob.#source);
  }

  constructor(parts: unknown = [], options: unknown = {}, how?: symbol) {
    this.#source = how === FROM_SOURCE ? (parts as Source) : joinParts(parts, options);
    this.#type = typeOf(toDictionary(options, "the options of a Blob").type);
  }

  /** In bytes. Of a File that the host streams it may not be known: then it is -1. */
  get size(): number {
    return this.#source instanceof HandleValue ? this.#source.size : this.#source.length;
  }

  get type(): string {
    return this.#type;
  }

  slice(start?: unknown, end?: unknown, type?: unknown): Blob {
    const length = Math.max(0, this.size);
    const from = placeIn(length, start, 0);
    const to = Math.max(from, placeIn(length, end, length));
    return new Blob(readSource(this.#source, from, to), { type }, FROM_SOURCE);
  }

  async text(): Promise<string> {
    return withoutMark(decode(readSource(this.#source)));
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return bufferOf(new Uint8Array(readSource(this.#source)));
  }

  stream(): ReadableStream {
    const source = this.#source;
    if (!(source instanceof HandleValue))
      return streamOfPieces((offset, length) => source.slice(offset, offset + length));
    return streamOfPieces((offset, length) => {
      const bytes = new Uint8Array(host.read(source.handle, offset, length));
      if (bytes.length === 0 && offset !== source.size) throw notReadable();
      return bytes;
    });
  }

  async bytes(): Promise<Bytes> {
    return new Uint8Array(readSource(this.#source));
  }
}

/** Only what is read enters the script. */
function readSource(source: Source, from = 0, to?: number): Bytes {
  if (!(source instanceof HandleValue)) return source.subarray(from, to);
  const length = (to ?? source.size) - from;
  const bytes = new Uint8Array(host.read(source.handle, from, Math.max(0, length)));
  if (bytes.length === length && source.size >= 0) return bytes;
  throw notReadable();
}

function notReadable(): TypeError {
  return new TypeError("the host streams this File: it can be sent, but not read");
}

function joinParts(parts: unknown, options: unknown): Bytes {
  if (typeof parts !== "object" || parts === null || !(Symbol.iterator in parts))
    throw new TypeError("the parts of a Blob are no sequence");
  const read: (Bytes | string)[] = [];
  for (const part of parts as Iterable<unknown>) read.push(readPart(part));
  const { endings = "transparent" } = toDictionary(options, "the options of a Blob");
  const ending = `${endings}`;
  if (ending !== "transparent" && ending !== "native")
    throw new TypeError(`"${ending}" is no kind of line end`);
  return concat(read.map((part) => (typeof part === "string" ? encodeLines(part, ending) : part)));
}

function readPart(part: unknown): Bytes | string {
  return part instanceof Blob ? bytesOf(part) : (viewOf(part) ?? toText(part));
}

function encodeLines(text: string, ending: "transparent" | "native"): Bytes {
  return encode(ending === "native" ? text.replace(/\r\n?/g, "\n") : text);
}

/** A type with other characters than those of ASCII that can be seen is no type. */
function typeOf(value: unknown): string {
  const type = value === undefined ? "" : `${value}`;
  return /^[ -~]*$/.test(type) ? type.toLowerCase() : "";
}

/** A place as in `slice` of an array. */
function placeIn(length: number, value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  const at = toClamped(value);
  return at < 0 ? Math.max(0, length + at) : Math.min(length, at);
}

function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
