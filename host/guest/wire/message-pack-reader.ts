import { HANDLE_SIZE, MAX_DEPTH, MAX_VALUES } from "../../../assembly/abi.ts";
import { NameCache } from "./name-cache.ts";

/** A guest may write several values for each that it was given: a part of a body becomes some segments. */
const MOST_VALUES = 16 * MAX_VALUES;

/** A value of a type that MessagePack does not know, such as a handle. */
export class Extension {
  readonly type: number;
  readonly data: Buffer;

  constructor(type: number, data: Buffer) {
    this.type = type;
    this.data = data;
  }
}

/** A map of MessagePack whose keys are texts. */
export type Fields = { readonly [name: string]: unknown };

/**
 * Reads the one value that a guest has written: nil, booleans, numbers, texts, bytes (a Buffer), lists (an array), maps
 * (an object) and extensions. Bytes are views of `bytes`. Integers beyond 2^53 lose their last digits.
 *
 * Memory and time grow with the bytes that are there, not with the lengths that they announce.
 *
 * @throws RangeError for malformed bytes, for too many values, for values that are nested too deeply, and for a key
 * that is no text
 */
export function readMessagePack(bytes: Uint8Array): unknown {
  return MessagePackReader.of(bytes).readAll();
}

const names = new NameCache();

/**
 * Reads a part of `bytes`, value by value. What it returns is no view of them, unless it was made by `of`.
 *
 * See https://github.com/msgpack/msgpack/blob/master/spec.md for the first bytes.
 */
export class MessagePackReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #copies: boolean;
  #pos: number;
  #values = 0;

  constructor(bytes: Buffer, start: number, end: number, copies = true) {
    this.#bytes = bytes;
    this.#pos = start;
    this.#end = end;
    this.#copies = copies;
  }

  /** For bytes that nobody changes. */
  static of(bytes: Uint8Array): MessagePackReader {
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return new MessagePackReader(buffer, 0, buffer.length, false);
  }

  /** Reads the only value. */
  readAll(): unknown {
    const value = this.#read(0);
    this.finish();
    return value;
  }

  /** @throws RangeError if there is more to read */
  finish(): void {
    if (this.#pos !== this.#end) throw new RangeError("there is more than one value");
  }

  /** Reads a value inside of the map that was entered. */
  read(): unknown {
    return this.#read(1);
  }

  /** Goes into a map. @returns how many pairs follow */
  enterMap(): number {
    const first = this.#readByte();
    if (first >= 0x80 && first < 0x90) return first & 0x0f;
    if (first === 0xde || first === 0xdf) return this.#readLength(first - 0xdd);
    throw new TypeError("not a map");
  }

  /** Reads a key of the map that was entered. */
  readKey(): string {
    return asKey(this.readName());
  }

  /** Reads a text that occurs often. */
  readName(): string {
    const length = this.#readTextHead();
    const start = this.#skip(length);
    return names.read(this.#bytes, start, this.#pos);
  }

  /** Reads bytes or a text, with a character for each byte. */
  readLatin1(): string {
    const length = this.#readTextHead();
    const start = this.#skip(length);
    return this.#bytes.toString("latin1", start, this.#pos);
  }

  /** Reads the number in an extension of this type. */
  readHandle(type: number): number {
    const first = this.#readByte();
    const isSized = first >= 0xc7 && first <= 0xc9;
    if (!isSized && !(first >= 0xd4 && first <= 0xd8)) throw new TypeError("not a handle");
    const length = isSized ? this.#readLength(first - 0xc7) : 2 ** (first - 0xd4);
    if (this.#readByte() !== type || length < HANDLE_SIZE) throw new TypeError("not a handle");
    return this.#bytes.readUInt32LE(this.#skip(length));
  }

  #read(depth: number): unknown {
    if (++this.#values > MOST_VALUES) throw new RangeError("there are too many values");
    if (depth > MAX_DEPTH) throw new RangeError("values are nested too deeply");
    const first = this.#readByte();
    if (first < 0x80) return first;
    if (first < 0x90) return this.#readMap(first & 0x0f, depth);
    if (first < 0xa0) return this.#readArray(first & 0x0f, depth);
    if (first < 0xc0) return this.#readText(first & 0x1f);
    return first < 0xe0 ? this.#readOther(first, depth) : first - 0x100;
  }

  #readOther(first: number, depth: number): unknown {
    // biome-ignore format: a row for each kind
    switch (first) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: case 0xc5: case 0xc6: return this.#take(this.#readLength(first - 0xc4));
      case 0xc7: case 0xc8: case 0xc9: return this.#readExtension(this.#readLength(first - 0xc7));
      case 0xca: return this.#bytes.readFloatBE(this.#skip(4));
      case 0xcb: return this.#bytes.readDoubleBE(this.#skip(8));
      case 0xcc: case 0xcd: case 0xce: return this.#readLength(first - 0xcc);
      case 0xcf: return this.#bytes.readUInt32BE(this.#skip(4)) * 2 ** 32 + this.#readLength(2);
      case 0xd0: return this.#bytes.readInt8(this.#skip(1));
      case 0xd1: return this.#bytes.readInt16BE(this.#skip(2));
      case 0xd2: return this.#bytes.readInt32BE(this.#skip(4));
      case 0xd3: return this.#bytes.readInt32BE(this.#skip(4)) * 2 ** 32 + this.#readLength(2);
      case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8: return this.#readExtension(2 ** (first - 0xd4));
      case 0xd9: case 0xda: case 0xdb: return this.#readText(this.#readLength(first - 0xd9));
      case 0xdc: case 0xdd: return this.#readArray(this.#readLength(first - 0xdb), depth);
      case 0xde: case 0xdf: return this.#readMap(this.#readLength(first - 0xdd), depth);
    }
    throw new RangeError("a byte that begins no value");
  }

  #readArray(count: number, depth: number): unknown[] {
    const items: unknown[] = [];
    for (let left = count; left > 0; left--) items.push(this.#read(depth + 1));
    return items;
  }

  #readMap(count: number, depth: number): Fields {
    const fields: Record<string, unknown> = {};
    for (let left = count; left > 0; left--) {
      const name = asKey(this.#read(depth + 1));
      fields[name] = this.#read(depth + 1);
    }
    return fields;
  }

  #readText(length: number): string {
    const start = this.#skip(length);
    return names.read(this.#bytes, start, this.#pos);
  }

  #readExtension(length: number): Extension {
    return new Extension(this.#readByte(), this.#take(length));
  }

  #take(length: number): Buffer {
    const start = this.#skip(length);
    const view = this.#bytes.subarray(start, this.#pos);
    return this.#copies ? Buffer.from(view) : view;
  }

  /** @returns how many bytes of text, or other bytes, follow */
  #readTextHead(): number {
    const first = this.#readByte();
    if (first >= 0xa0 && first < 0xc0) return first & 0x1f;
    if (first >= 0xc4 && first <= 0xc6) return this.#readLength(first - 0xc4);
    if (first >= 0xd9 && first <= 0xdb) return this.#readLength(first - 0xd9);
    throw new TypeError("neither text nor bytes");
  }

  /** Reads a number without a sign, of 1, 2 or 4 bytes. */
  #readLength(doublings: number): number {
    if (doublings === 0) return this.#readByte();
    return doublings === 1
      ? this.#bytes.readUInt16BE(this.#skip(2))
      : this.#bytes.readUInt32BE(this.#skip(4));
  }

  #readByte(): number {
    return this.#bytes[this.#skip(1)] as number;
  }

  /** Moves over so many bytes, and returns where they begin. */
  #skip(size: number): number {
    const start = this.#pos;
    if (size > this.#end - start) throw new RangeError("the bytes end within a value");
    this.#pos = start + size;
    return start;
  }
}

function asKey(name: unknown): string {
  // The last one would become the prototype.
  if (typeof name !== "string" || name === "__proto__") throw new RangeError("a key is no name");
  return name;
}
