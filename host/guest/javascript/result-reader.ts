/** The kernel goes no deeper. */
const DEEPEST = 64;
/** Maximum number of values in a result, keys included. */
export const MOST_RESULT_VALUES = 262_144;

/** As how many values bytes count: V8 needs as long for an array of bytes as for some numbers. */
export const VALUES_OF_BYTES = 8;

/** The result is not what the kernel writes: the script has broken it. */
export class MalformedResult extends Error {}

/**
 * Reads the result of a run, as the kernel has written it: MessagePack, as far as the kernel uses it. It is read on the
 * application's thread, so there is nothing here that takes long for one value.
 */
export class ResultReader {
  readonly #bytes: Buffer;
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** @throws MalformedResult, also if it has too many values */
  readAll(): unknown {
    const value = this.#read();
    if (this.#at !== this.#bytes.length) throw new MalformedResult("there is more than one value");
    return value;
  }

  #read(): unknown {
    this.#count(1);
    const bytes = this.#bytes;
    const first = bytes[this.#take(1)] as number;
    if (first < 128) return first;
    switch (first) {
      case 192:
        return null;
      case 194:
        return false;
      case 195:
        return true;
      case 198:
        return this.#readBytes();
      case 199:
        this.#take(2);
        return undefined;
      case 203:
        return bytes.readDoubleBE(this.#take(8));
      case 207:
        return bytes.readBigUInt64BE(this.#take(8));
      case 211:
        return bytes.readBigInt64BE(this.#take(8));
      case 219:
        return this.#readText();
      case 221:
        return this.#readArray();
      case 223:
        return this.#readMap();
      default:
        throw new MalformedResult(`no value begins with ${first}`);
    }
  }

  #count(values: number): void {
    this.#values += values;
    if (this.#values > MOST_RESULT_VALUES) throw new MalformedResult("it has too many values");
  }

  /** A copy in memory of its own. */
  #readBytes(): Uint8Array {
    this.#count(VALUES_OF_BYTES - 1);
    const length = this.#readLength();
    const at = this.#take(length);
    const copy = new Uint8Array(length);
    if (length > 0) copy.set(this.#bytes.subarray(at, at + length));
    return copy;
  }

  #readText(): string {
    const length = this.#readLength();
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  #readArray(): unknown[] {
    const list: unknown[] = [];
    const length = this.#enter();
    for (let i = 0; i < length; i++) list.push(this.#read());
    this.#depth--;
    return list;
  }

  #readMap(): object {
    const map: Record<string, unknown> = {};
    const length = this.#enter();
    for (let i = 0; i < length; i++) {
      const name = String(this.#read());
      const value = this.#read();
      // It is a name like others. But to assign to it would set the prototype.
      if (name === "__proto__") defineOwn(map, name, value);
      else map[name] = value;
    }
    this.#depth--;
    return map;
  }

  /** Goes into an array or a map. @returns How many items it has */
  #enter(): number {
    if (++this.#depth > DEEPEST) throw new MalformedResult("it is nested too deeply");
    return this.#readLength();
  }

  #readLength(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  /** @returns Where the bytes are that are taken */
  #take(size: number): number {
    const at = this.#at;
    if (size > this.#bytes.length - at) throw new MalformedResult("it ends too early");
    this.#at += size;
    return at;
  }
}

function defineOwn(map: object, name: string, value: unknown): void {
  Object.defineProperty(map, name, { value, writable: true, enumerable: true, configurable: true });
}
