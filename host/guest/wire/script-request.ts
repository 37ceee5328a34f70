import {
  EXT_FILE,
  EXT_FILE_AT,
  EXT_FILE_BYTES,
  EXT_STRING,
  EXT_STRING_AT,
  MAX_VALUES,
  RANGE_SIZE,
  SIZED_HANDLE_SIZE,
} from "../../../assembly/abi.ts";
import { isMovable, movableBytes } from "../parked/movable.ts";
import { longestData } from "./long-data.ts";
import { MessagePackCursor } from "./message-pack-cursor.ts";

/** One call, as a script asks for it. */
export interface ScriptRequest<Bytes extends Sized = Uint8Array> {
  /** `[id, url, options, post]` as MessagePack. In the place of data that stay on the host are handles. */
  readonly args: Buffer;
  /** Those data. The handle of the first one is FIRST_DATA_HANDLE, and so on. */
  readonly data: readonly PostedData<Bytes>[];
  /** Bytes that were copied. */
  readonly size: number;
}

/** Bytes, in one piece or not. */
export interface Sized {
  readonly length: number;
}

/** Data of a post that stay on the host. */
export interface PostedData<Bytes extends Sized = Uint8Array> {
  /** EXT_STRING or EXT_FILE. */
  readonly type: number;
  readonly bytes: Bytes;
}

/** What data take of memory, and of a message to another thread. Bytes. */
export function sizeOfData(data: readonly PostedData<Sized>[]): number {
  const known = new Set<unknown>();
  let size = 0;
  for (const { bytes } of data) {
    // What is posted twice is kept once, but copied twice if it is short.
    const isCopied = bytes instanceof Uint8Array && !isMovable(bytes);
    const memory = bytes instanceof Uint8Array ? bytes.buffer : bytes;
    if (isCopied || !known.has(memory)) size += bytes.length;
    if (!isCopied) known.add(memory);
  }
  return size;
}

/** From this number on, a handle is that of data of the call. All that a run is granted and receives has lower numbers. */
export const FIRST_DATA_HANDLE = 2 ** 30;

/** Bytes of arguments that go into the plugin's guest. */
export const MOST_ARGUMENT_BYTES = 4 << 20;

/** Bytes of an id that are looked at. */
const LONGEST_ID = 1024;
/** Index of the argument `post`. */
const POST_ARGUMENT = 3;
/** First byte, length and type of an extension that is a handle. */
const HANDLE_HEAD = 3;
/** No MessagePack begins with this byte: the plugin's guest says what it says of everything that is malformed. */
const MALFORMED = Buffer.of(0xc1);

/** The memory of the script. */
interface ScriptMemory {
  /** All of it. */
  readonly bytes: Buffer;
  /** A view of a part. Throws RangeError for one outside of the memory. */
  at(ptr: number, len: number): Buffer;
}

/** Data among the arguments, and the handle that goes there. */
interface Replacement {
  readonly from: number;
  readonly to: number;
  readonly isFile: boolean;
  readonly handle: number;
  readonly size: number;
}

/**
 * Copies a call out of a script's memory: each byte once, and long data apart from the arguments, so that they do not go
 * through the plugin's guest.
 *
 * @param record What the script gave as its arguments, a part of its memory
 * @param copy Copies long data
 * @throws RangeError for data outside of the memory
 */
export function takeRequest<Bytes extends Sized>(
  memory: ScriptMemory,
  record: Buffer,
  copy: (bytes: Buffer) => Bytes,
): ScriptRequest<Bytes> {
  const replacer = new DataReplacer(memory, record, copy);
  const replacements = replacer.find();
  const args = replacements && withHandles(record, replacements);
  const size = record.length + replacer.copied;
  return args === undefined ? { args: MALFORMED, data: [], size } : { args, data: replacer.data, size };
}

/** The id of a call; empty if it is no text. */
export function firstText(args: Uint8Array): string {
  const bytes = Buffer.from(args.buffer, args.byteOffset, args.length);
  const cursor = new MessagePackCursor(bytes);
  if (cursor.enter() !== "array" || cursor.length === 0 || cursor.enter() !== "string" || cursor.isLost)
    return "";
  return bytes.toString("utf8", cursor.pos, cursor.pos + Math.min(cursor.length, LONGEST_ID));
}

class DataReplacer<Bytes extends Sized> {
  readonly data: PostedData<Bytes>[] = [];
  /** Bytes of data that were copied from elsewhere than the record. */
  copied = 0;
  readonly #memory: ScriptMemory;
  readonly #record: Buffer;
  readonly #copy: (bytes: Buffer) => Bytes;
  readonly #cursor: MessagePackCursor;
  readonly #longFrom: number;
  readonly #found: Replacement[] = [];
  /** Data that lie in the memory, by their place: what is posted twice is copied once. */
  #copies: Map<string, Bytes> | undefined;

  constructor(memory: ScriptMemory, record: Buffer, copy: (bytes: Buffer) => Bytes) {
    this.#memory = memory;
    this.#record = record;
    this.#copy = copy;
    this.#cursor = new MessagePackCursor(record);
    this.#longFrom = longestData(record.length);
  }

  /** Finds data where the plugin's guest would look for them. Undefined if the record is malformed, or has too much. */
  find(): readonly Replacement[] | undefined {
    const cursor = this.#cursor;
    if (cursor.enter() !== "array" || cursor.length <= POST_ARGUMENT) return this.#found;
    for (let i = 0; i < POST_ARGUMENT; i++) cursor.skip();
    const start = cursor.pos;
    const kind = cursor.enter();
    if (kind === "array" || kind === "map") this.#findInParts(kind === "map", cursor.length);
    else this.#takeData(start);
    return cursor.isLost ? undefined : this.#found;
  }

  #findInParts(isMap: boolean, count: number): void {
    const cursor = this.#cursor;
    for (let left = count; left > 0 && !cursor.isLost; left--) {
      if (isMap) cursor.skip();
      const start = cursor.pos;
      if (cursor.enter() === "map") this.#findInPart(cursor.length);
      else this.#goOver(start);
    }
  }

  #findInPart(count: number): void {
    const cursor = this.#cursor;
    for (let left = count; left > 0 && !cursor.isLost; left--) {
      const key = cursor.pos;
      cursor.enter();
      const isData = cursor.is("data");
      this.#goOver(key);
      const start = cursor.pos;
      if (!isData) cursor.skip();
      else if (isContainer(cursor.enter())) this.#goOver(start);
      else this.#takeData(start);
    }
  }

  /** Moves over a value that was entered. */
  #goOver(start: number): void {
    this.#cursor.pos = start;
    this.#cursor.skip();
  }

  /** The value at `start`, which was entered, is data of a post, or a value that is none. */
  #takeData(start: number): void {
    const { kind, type, length, pos } = this.#cursor;
    this.#cursor.leave();
    if (this.#cursor.isLost) return;
    const isLong = length > this.#longFrom;
    const isExtension = kind === "extension";
    const isFile = isExtension && (type === EXT_FILE_BYTES || type === EXT_FILE_AT);
    const isInline = kind === "string" || (isExtension && type === EXT_FILE_BYTES);
    const isRange = isExtension && (type === EXT_STRING_AT || type === EXT_FILE_AT) && length === RANGE_SIZE;
    if (isInline && isLong)
      this.#replace(start, isFile, this.#copy(this.#record.subarray(pos, pos + length)));
    else if (isRange) this.#replace(start, isFile, this.#copyRange(pos));
  }

  #copyRange(pos: number): Bytes {
    const ptr = this.#record.readUInt32LE(pos);
    const length = this.#record.readUInt32LE(pos + 4);
    const place = `${ptr} ${length}`;
    this.#copies ??= new Map();
    let copy = this.#copies.get(place);
    if (copy !== undefined) return copy;
    const bytes = this.#memory.at(ptr, length);
    this.copied += length;
    // Ranges that overlap would be more bytes than the script has.
    if (this.copied > this.#memory.bytes.length) this.#cursor.isLost = true;
    copy = this.#copy(this.#cursor.isLost ? bytes.subarray(0, 0) : bytes);
    this.#copies.set(place, copy);
    return copy;
  }

  #replace(from: number, isFile: boolean, bytes: Bytes): void {
    if (this.#found.length === MAX_VALUES) this.#cursor.isLost = true;
    if (this.#cursor.isLost) return;
    const handle = FIRST_DATA_HANDLE + this.data.length;
    this.data.push({ type: isFile ? EXT_FILE : EXT_STRING, bytes });
    this.#found.push({ from, to: this.#cursor.pos, isFile, handle, size: bytes.length });
  }
}

function isContainer(kind: string): boolean {
  return kind === "array" || kind === "map";
}

/** A copy for another thread, which has it for good. */
export function movableCopy(bytes: Buffer): Buffer {
  const copy = movableBytes(bytes.length);
  copy.set(bytes);
  return copy;
}

/** A copy of the record, with handles in the places of data; undefined if that is still too large. */
function withHandles(record: Buffer, replacements: readonly Replacement[]): Buffer | undefined {
  const added = HANDLE_HEAD + SIZED_HANDLE_SIZE;
  const size = replacements.reduce((left, { from, to }) => left + added - (to - from), record.length);
  if (size > MOST_ARGUMENT_BYTES) return undefined;
  const args = Buffer.allocUnsafe(size);
  let at = 0;
  let last = 0;
  for (const { from, to, isFile, handle, size: dataSize } of replacements) {
    at += record.copy(args, at, last, from);
    args.set([0xc7, SIZED_HANDLE_SIZE, isFile ? EXT_FILE : EXT_STRING], at);
    args.writeUInt32LE(handle, at + HANDLE_HEAD);
    args.writeDoubleLE(dataSize, at + HANDLE_HEAD + 4);
    at += added;
    last = to;
  }
  record.copy(args, at, last);
  return args;
}
