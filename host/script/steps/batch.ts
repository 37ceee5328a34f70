/** The first size of a batch in bytes. It grows. */
const FIRST_SIZE = 4096;
/** The largest size in bytes that a writer keeps for its next batch. */
const LARGEST_KEPT = 64 * FIRST_SIZE;

const encoder = new TextEncoder();

/**
 * Writes what one thread sends to another in one message: numbers and bytes, one after the other. One message for many
 * steps costs a tenth of one message for each step. Bytes are copied faster than objects are cloned.
 *
 *     ├ u32 ┼ f64 ┼ u32 length ┼ bytes ┤ and so on, each at a multiple of 4
 */
export class BatchWriter {
  #bytes = new Uint8Array(FIRST_SIZE);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  writeU32(value: number): void {
    const at = this.#take(4);
    this.#view.setUint32(at, value, true);
  }

  writeF64(value: number): void {
    const at = this.#take(8);
    this.#view.setFloat64(at, value, true);
  }

  writeI64(value: bigint): void {
    const at = this.#take(8);
    this.#view.setBigInt64(at, value, true);
  }

  writeBytes(bytes: Uint8Array): void {
    this.writeU32(bytes.length);
    const at = this.#take(bytes.length);
    this.#bytes.set(bytes, at);
  }

  writeText(text: string): void {
    this.writeBytes(encoder.encode(text));
  }

  writeList<T>(list: readonly T[], write: (item: T) => void): void {
    this.writeU32(list.length);
    for (const item of list) write(item);
  }

  /** Writes a part that a reader can skip. If it fails, for example because there is no memory, nothing of it is written. */
  writeFrame(write: () => void): void {
    const start = this.#length;
    try {
      this.writeU32(0);
      write();
      this.#view.setUint32(start, this.#length - start, true);
    } catch (error) {
      this.#length = start;
      throw error;
    }
  }

  /** What was written, in memory of its own. Then the writer is empty. */
  finish(): Uint8Array<ArrayBuffer> {
    const length = this.#length;
    this.#length = 0;
    if (this.#bytes.length <= LARGEST_KEPT) return this.#bytes.slice(0, length);
    // There may be no memory for a copy of a large batch, and the writer must not keep that much.
    const written = this.#bytes.subarray(0, length);
    this.#renew(FIRST_SIZE);
    return written;
  }

  /** Reserves `size` bytes. @returns Their position */
  #take(size: number): number {
    const at = this.#length;
    const end = at + size + (-size & 3);
    if (end > this.#bytes.length) this.#renew(Math.max(end, 2 * this.#bytes.length));
    this.#length = end;
    return at;
  }

  #renew(size: number): void {
    const larger = new Uint8Array(size);
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Reads what a `BatchWriter` has written. The other thread runs our code, so the numbers are not checked. */
export class BatchReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Begins to read a part. @returns Its end */
  enterFrame(): number {
    const start = this.#at;
    return start + this.readU32();
  }

  /** Goes to the end of a part. */
  leaveFrame(end: number): void {
    this.#at = end;
  }

  readU32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  readF64(): number {
    return this.#bytes.readDoubleLE(this.#take(8));
  }

  readI64(): bigint {
    return this.#bytes.readBigInt64LE(this.#take(8));
  }

  /** A view of the batch. */
  readBytes(): Buffer {
    const length = this.readU32();
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  readText(): string {
    return this.readBytes().toString();
  }

  readList<T>(read: () => T): T[] {
    const length = this.readU32();
    const list: T[] = [];
    for (let i = 0; i < length; i++) list.push(read());
    return list;
  }

  #take(size: number): number {
    const at = this.#at;
    this.#at = at + size + (-size & 3);
    return at;
  }
}
