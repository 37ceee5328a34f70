/** Bytes that follow from a seed (xorshift32 of Marsaglia). They are for tests alone: anybody can guess them. */
export class SeededRandom {
  #state: number;

  constructor(seed: number) {
    // The state must not be 0, and neighbouring seeds should not begin alike.
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 1;
  }

  /** A number from 0 up to, but without, 1. */
  next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) / 2 ** 32;
  }

  /** A seed for another one. */
  seed(): number {
    return Math.floor(this.next() * 2 ** 32);
  }

  fill(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) bytes[at] = Math.floor(this.next() * 256);
  }
}
