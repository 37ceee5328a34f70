/** Readers of what follows the first byte of a value, by this byte. The kernel writes no other ones. */
const READERS: Readonly<Record<number, (reader: ResultReader) => unknown>> = {
  192: () => null,
  194: () => false,
  195: () => true,
  198: (reader) => reader.readBytes(),
  199: (reader) => reader.skipAbsent(),
  203: (reader) => reader.take(8, (bytes, at) => bytes.readDoubleBE(at)),
  207: (reader) => reader.take(8, (bytes, at) => bytes.readBigUInt64BE(at)),
  211: (reader) => reader.take(8, (bytes, at) => bytes.readBigInt64BE(at)),
  219: (reader) => reader.readText(),
  221: (reader) => reader.readArray(),
  223: (reader) => reader.readMap(),
};

/** The kernel goes no deeper. */
const DEEPEST = 64;
/** Maximum number of values in a result, keys included. */
export const MOST_RESULT_VALUES = 262_144;

/** Reads the result of a run, as the kernel has written it: MessagePack, as far as the kernel uses it. */
export class ResultReader {
  readonly #bytes: Buffer;
  #at = 0;
  #depth = 0;
  #values = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** @throws RangeError if it is malformed, or has too many values */
  readAll(): unknown {
    const value = this.#read();
    if (this.#at !== this.#bytes.length) throw new RangeError("there is more than one value");
    return value;
  }

  take<T>(size: number, read: (bytes: Buffer, at: number) => T): T {
    const at = this.#at;
    if (size > this.#bytes.length - at) throw new RangeError("it ends too early");
    this.#at += size;
    return read(this.#bytes, at);
  }

  /** A copy in memory of its own. */
  readBytes(): Uint8Array {
    return this.take(this.#readLength(), (bytes, at) => new Uint8Array(bytes.subarray(at, this.#at)));
  }

  readText(): string {
    return this.take(this.#readLength(), (bytes, at) => bytes.toString("utf8", at, this.#at));
  }

  readArray(): unknown[] {
    const list: unknown[] = [];
    this.#goInto(this.#readLength(), () => list.push(this.#read()));
    return list;
  }

  readMap(): object {
    const map = {};
    this.#goInto(this.#readLength(), () => {
      const key = String(this.#read());
      // Not by assignment: "__proto__" is a name like others.
      Object.defineProperty(map, key, {
        value: this.#read(),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    });
    return map;
  }

  skipAbsent(): undefined {
    return this.take(2, () => undefined);
  }

  #read(): unknown {
    if (++this.#values > MOST_RESULT_VALUES) throw new RangeError("it has too many values");
    const first = this.take(1, (bytes, at) => bytes[at] as number);
    if (first < 128) return first;
    const read = READERS[first];
    if (read === undefined) throw new RangeError(`no value begins with ${first}`);
    return read(this);
  }

  #readLength(): number {
    return this.take(4, (bytes, at) => bytes.readUInt32BE(at));
  }

  #goInto(length: number, readItem: () => void): void {
    if (++this.#depth > DEEPEST) throw new RangeError("it is nested too deeply");
    for (let left = length; left > 0; left--) readItem();
    this.#depth--;
  }
}
