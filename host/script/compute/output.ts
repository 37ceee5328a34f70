const FIRST_CAPACITY = 256;

/** The output of a run. It is one piece of memory that grows, because a run may echo single bytes. */
export class Output {
  #buffer: Buffer | undefined;
  #length = 0;
  /** How many bytes the caller has got already. */
  #told = 0;

  get size(): number {
    return this.#length;
  }

  /** The output as text. */
  get text(): string {
    return this.#buffer?.toString("utf8", 0, this.#length) ?? "";
  }

  /** A copy of the output. There is nothing else in its memory. */
  get bytes(): Buffer {
    return this.#copyFrom(0);
  }

  /** A copy of what was appended since the last call of this; undefined if nothing was. */
  takeNew(): Buffer | undefined {
    if (this.#told === this.#length) return undefined;
    const bytes = this.#copyFrom(this.#told);
    this.#told = this.#length;
    return bytes;
  }

  append(bytes: Uint8Array): void {
    const needed = this.#length + bytes.length;
    if (this.#buffer === undefined || needed > this.#buffer.length) this.#grow(needed);
    this.#buffer?.set(bytes, this.#length);
    this.#length = needed;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, needed, this.#length * 2));
    this.#buffer?.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }

  #copyFrom(start: number): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.#length - start);
    this.#buffer?.copy(copy, 0, start, this.#length);
    return copy;
  }
}
