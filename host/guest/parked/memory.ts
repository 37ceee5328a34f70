import { RECORD_HEADER_SIZE } from "../../../assembly/abi.ts";

/** Bytes of a page of WebAssembly memory. */
export const WASM_PAGE = 65_536;

/**
 * The memory of one instance. The host reads and writes it only through this class. Pointers and lengths come from the
 * guest, so each is checked against the present size of the memory (invariant 5). If one is outside, it throws a
 * RangeError, which ends the guest.
 */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  #view: Buffer;
  #fields: DataView;
  #wordView: Int32Array;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
    this.#view = Buffer.from(memory.buffer);
    this.#fields = new DataView(memory.buffer);
    this.#wordView = new Int32Array(memory.buffer);
  }

  /** The whole memory: a view that is invalid after the next guest call (invariant 2). */
  get bytes(): Buffer {
    // When the memory grows, the buffer of the view is detached, and the length of the view is 0.
    if (this.#view.length === 0) this.#renew();
    return this.#view;
  }

  /** The whole memory, as words of 32 bits. */
  get words(): Int32Array {
    if (this.#view.length === 0) this.#renew();
    return this.#wordView;
  }

  /** Adds pages until the memory has `size` bytes. */
  growTo(size: number): void {
    const missing = size - this.bytes.length;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / WASM_PAGE));
  }

  readU32(ptr: number): number {
    if (this.#view.length === 0) this.#renew();
    return this.#fields.getUint32(ptr >>> 0, true);
  }

  writeU32(ptr: number, value: number): void {
    if (this.#view.length === 0) this.#renew();
    this.#fields.setUint32(ptr >>> 0, value, true);
  }

  /** A view of guest bytes. It is invalid after the next guest call. */
  at(ptr: number, len: number): Buffer {
    const start = ptr >>> 0;
    const end = start + (len >>> 0);
    this.#check(start, end);
    return this.bytes.subarray(start, end);
  }

  /** A copy of guest bytes, to keep. */
  copy(ptr: number, len: number, take: (size: number) => Buffer = Buffer.allocUnsafe): Buffer {
    const start = ptr >>> 0;
    const end = start + (len >>> 0);
    this.#check(start, end);
    const copy = take(end - start);
    this.bytes.copy(copy, 0, start, end);
    return copy;
  }

  /** A copy of the payload of a record. */
  copyRecord(ptr: number): Buffer {
    return this.copy((ptr >>> 0) + RECORD_HEADER_SIZE, this.readU32(ptr));
  }

  /** Gives the place of guest bytes to a function that reads them, and keeps nothing of them. */
  read<T>(ptr: number, len: number, read: (bytes: Buffer, start: number, end: number) => T): T {
    const start = ptr >>> 0;
    const end = start + (len >>> 0);
    this.#check(start, end);
    return read(this.bytes, start, end);
  }

  /** The same for the payload of a record. */
  readRecord<T>(ptr: number, read: (bytes: Buffer, start: number, end: number) => T): T {
    return this.read((ptr >>> 0) + RECORD_HEADER_SIZE, this.readU32(ptr), read);
  }

  write(ptr: number, bytes: Uint8Array): void {
    const start = ptr >>> 0;
    this.#check(start, start + bytes.length);
    this.bytes.set(bytes, start);
  }

  /** Writes one part after the other. @returns Their end */
  writeParts(ptr: number, parts: readonly Uint8Array[]): number {
    let at = ptr >>> 0;
    for (const part of parts) {
      this.write(at, part);
      at += part.length;
    }
    return at;
  }

  writeRecord(ptr: number, ...parts: Uint8Array[]): void {
    const start = (ptr >>> 0) + RECORD_HEADER_SIZE;
    this.writeU32(ptr, this.writeParts(start, parts) - start);
  }

  #check(start: number, end: number): void {
    const { length } = this.bytes;
    if (end > length) {
      throw new RangeError(`the guest gave ${end - start} bytes at ${start} of a memory of ${length}`);
    }
  }

  #renew(): void {
    this.#view = Buffer.from(this.#memory.buffer);
    this.#fields = new DataView(this.#memory.buffer);
    this.#wordView = new Int32Array(this.#memory.buffer);
  }
}
