const FIRST_CAPACITY = 256;
/** Bytes that are kept for the next output. */
const LARGEST_KEPT = 1 << 21;
const NOTHING = new Uint8Array(0);

/** The output of a run. It is one piece of memory that grows, because a run may echo single bytes. */
export class Output {
  #buffer: Buffer | undefined;
  #length = 0;

  get size(): number {
    return this.#length;
  }

  /** Begins again, in the same memory. */
  clear(): void {
    this.#length = 0;
    if (this.#buffer !== undefined && this.#buffer.length > LARGEST_KEPT) this.#buffer = undefined;
  }

  /** The output, until something is appended. */
  get view(): Uint8Array {
    return this.#buffer?.subarray(0, this.#length) ?? NOTHING;
  }

  /** The output, with nothing else in its memory. Nothing is appended after that. */
  get bytes(): Buffer {
    if (this.#buffer?.length === this.#length) return this.#buffer;
    const copy = Buffer.allocUnsafeSlow(this.#length);
    copy.set(this.view);
    return copy;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer?.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** So many bytes will be appended. */
  #reserve(more: number): void {
    const needed = this.#length + more;
    if (this.#buffer === undefined || needed > this.#buffer.length) this.#grow(needed);
  }

  #grow(needed: number): void {
    // The first output may be all, and then its memory goes to the caller.
    const least = this.#buffer === undefined && needed >= FIRST_CAPACITY ? needed : this.#length * 2;
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, needed, least));
    this.#buffer?.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}
