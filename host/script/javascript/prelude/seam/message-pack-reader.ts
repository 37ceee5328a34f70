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

export type Value = null | boolean | number | string | Bytes | HandleValue | Value[] | Record<never, never>;

/** How many bytes say the length of a value, by its first byte. */
const LENGTH_SIZES: Readonly<Record<number, 1 | 2 | 4>> = {
  196: 1,
  197: 2,
  198: 4,
  199: 1,
  200: 2,
  201: 4,
  217: 1,
  218: 2,
  219: 4,
  220: 2,
  221: 4,
  222: 2,
  223: 4,
};

/** Reads MessagePack that the host has written, so it checks nothing. */
export class MessagePackReader {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #at = 0;

  constructor(record: ArrayBuffer) {
    this.#bytes = new Uint8Array(record);
    this.#view = new DataView(record);
  }

  read(): Value {
    const first = this.#bytes[this.#at++] as number;
    if (first < 0x80) return first;
    if (first < 0x90) return this.#readMap(first - 0x80);
    if (first < 0xa0) return this.#readArray(first - 0x90);
    if (first < 0xc0) return decode(this.#take(first - 0xa0));
    if (first >= 0xe0) return first - 0x100;
    const lengthSize = LENGTH_SIZES[first];
    return lengthSize === undefined ? this.#readScalar(first) : this.#readLong(first, lengthSize);
  }

  /** The number of entries of the map that comes next. */
  readMapHead(): number {
    const first = this.#bytes[this.#at++] as number;
    return first < 0x90 ? first - 0x80 : this.#readUnsigned(first === 0xde ? 2 : 4);
  }

  #readLong(first: number, lengthSize: 1 | 2 | 4): Value {
    const length = this.#readUnsigned(lengthSize);
    if (first <= 0xc6) return new Uint8Array(this.#take(length));
    if (first <= 0xc9) return this.#readExtension(length);
    if (first <= 0xdb) return decode(this.#take(length));
    return first <= 0xdd ? this.#readArray(length) : this.#readMap(length);
  }

  #readScalar(first: number): Value {
    const at = this.#at;
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
      case 0xc3:
        return first === 0xc3;
      case 0xca:
        this.#at += 4;
        return this.#view.getFloat32(at);
      case 0xcb:
        this.#at += 8;
        return this.#view.getFloat64(at);
      case 0xcf:
        this.#at += 8;
        return Number(this.#view.getBigUint64(at));
      case 0xd3:
        this.#at += 8;
        return Number(this.#view.getBigInt64(at));
      default:
        return this.#readInteger(first);
    }
  }

  #readInteger(first: number): number {
    const isSigned = first >= 0xd0;
    const size = (1 << (first - (isSigned ? 0xd0 : 0xcc))) as 1 | 2 | 4;
    const value = this.#readUnsigned(size);
    const range = 2 ** (8 * size);
    return isSigned && value >= range / 2 ? value - range : value;
  }

  #readUnsigned(size: 1 | 2 | 4): number {
    const at = this.#at;
    this.#at += size;
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #readExtension(length: number): HandleValue {
    const at = this.#at + 1;
    this.#at = at + length;
    return new HandleValue(this.#view.getUint32(at, true), this.#view.getFloat64(at + 4, true));
  }

  #readArray(length: number): Value[] {
    return Array.from({ length }, () => this.read());
  }

  #readMap(length: number): Record<string, Value> {
    const map: Record<string, Value> = { __proto__: null } as never;
    for (let left = length; left > 0; left--) {
      const key = this.read() as string;
      map[key] = this.read();
    }
    return map;
  }

  #take(length: number): Bytes {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }
}
