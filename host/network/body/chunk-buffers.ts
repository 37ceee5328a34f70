import type { TakeBuffer } from "../transfer/body.ts";

/** The sizes of chunks differ by a little; buffers of one size more often fit. */
const GRAIN_BYTES = 16_384;
/** Smaller ones come out of Node's own pool. */
const LEAST_BYTES = 4096;

/**
 * Buffers for the chunks of a body on their way. A fresh one for each would be the most expensive thing about sending
 * a large File: the collector runs for every few MiB of them.
 */
export class ChunkBuffers {
  #free: Buffer[] = [];
  #taken: Buffer[] = [];

  readonly take: TakeBuffer = (size) => {
    if (size < LEAST_BYTES) return Buffer.allocUnsafe(size);
    const index = this.#free.findIndex((buffer) => buffer.length >= size);
    const [found] = index < 0 ? [] : this.#free.splice(index, 1);
    const buffer = found ?? Buffer.allocUnsafeSlow(Math.ceil(size / GRAIN_BYTES) * GRAIN_BYTES);
    this.#taken.push(buffer);
    return buffer.subarray(0, size);
  };

  /** Nobody looks any more at what was taken so far: it is given again. */
  reclaim(): void {
    // What did not fit the last time is too small.
    this.#free = this.#taken.length > 0 ? this.#taken : this.#free;
    this.#taken = [];
  }
}
