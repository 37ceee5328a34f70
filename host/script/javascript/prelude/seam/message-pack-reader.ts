import { type Bytes, decode } from "./bytes.ts";

/** What a script gets instead of a value of the host: a handle, and its size in bytes. */
export class HandleValue {
  readonly handle: number;
  readonly size: number;

  constructor(handle: number, size: number) {
    this.handle = handle;
    this.size = size;
  }
}

/** How many bytes say the length of a value, or are a number, by its first byte. */
const SIZES: readonly number[] = [
  // 0xc0: nil, nothing, false, true; bytes; extensions
  0, 0, 0, 0, 1, 2, 4, 1, 2, 4,
  // 0xca: floats, unsigned integers, integers
  4, 8, 1, 2, 4, 8, 1, 2, 4, 8,
  // 0xd4: extensions of fixed length, which nobody writes; texts, arrays, maps
  0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
];
const FIRST_SIZED = 0xc0;

/** Reads MessagePack that the host has written, so it checks nothing. */
export class MessagePackReader {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #at: number;

  /** @param at Where it begins */
  constructor(record: ArrayBuffer, at = 0) {
    this.#bytes = new Uint8Array(record);
    this.#view = new DataView(record);
    this.#at = at;
  }

  /** The number of members of the array, or of entries of the map, that comes next. */
  readCount(): number {
    const first = this.#bytes[this.#at++] as number;
    return first < 0xa0 ? first & 0x0f : this.#readUnsigned(SIZES[first - FIRST_SIZED] as number);
  }

  readNumber(): number {
    const first = this.#bytes[this.#at++] as number;
    if (first < 0x80) return first;
    if (first >= 0xe0) return first - 0x100;
    const at = this.#at;
    const size = SIZES[first - FIRST_SIZED] as number;
    this.#at += size;
    if (first <= 0xcb) return first === 0xcb ? this.#view.getFloat64(at) : this.#view.getFloat32(at);
    if (size === 8) return Number(first === 0xcf ? this.#view.getBigUint64(at) : this.#view.getBigInt64(at));
    this.#at = at;
    const value = this.#readUnsigned(size);
    const range = 2 ** (8 * size);
    return first >= 0xd0 && value >= range / 2 ? value - range : value;
  }

  /** Text as text, and bytes as bytes. */
  readTextOrBytes(): string | Bytes {
    const first = this.#bytes[this.#at] as number;
    const isText = first < 0xc0 || first >= 0xd9;
    return isText ? this.readText() : new Uint8Array(this.#take(this.#readLength()));
  }

  readText(): string {
    return decode(this.#take(this.#readLength()));
  }

  /** An extension with a handle and a size. */
  readHandle(): HandleValue {
    const at = this.#at + 3;
    this.#take(this.#readLength() + 1);
    return new HandleValue(this.#view.getUint32(at, true), this.#view.getFloat64(at + 4, true));
  }

  /** For bytes that are MessagePack themselves: what reads them. */
  readNested(): MessagePackReader {
    const length = this.#readLength();
    const nested = new MessagePackReader(this.#view.buffer as ArrayBuffer, this.#at);
    this.#at += length;
    return nested;
  }

  /** The length of the text, the bytes or the extension that comes next. */
  #readLength(): number {
    const first = this.#bytes[this.#at++] as number;
    return first < FIRST_SIZED ? first & 0x1f : this.#readUnsigned(SIZES[first - FIRST_SIZED] as number);
  }

  #readUnsigned(size: number): number {
    const at = this.#at;
    this.#at += size;
    if (size === 1) return this.#bytes[at] as number;
    if (size === 2) return this.#view.getUint16(at);
    return size === 4 ? this.#view.getUint32(at) : 0;
  }

  #take(length: number): Bytes {
    const at = this.#at;
    this.#at += length;
    return this.#bytes.subarray(at, at + length);
  }
}
