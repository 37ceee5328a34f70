import type { TakeBuffer } from "../transfer/body.ts";

/** Sizes are rounded up to this. Chunks differ a little in size, and so a used buffer fits more often. */
const GRAIN_BYTES = 16_384;
/** Smaller buffers come from Node's own pool. */
const LEAST_BYTES = 4096;

/**
 * Buffers for the chunks of a body. They are used again. With a new buffer for each chunk, the garbage collector would
 * run every few MiB, and this would be the most expensive part of sending a large File.
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

  /** All buffers that were taken are free again. The caller must not use them any more. */
  reclaim(): void {
    // Buffers that were free and were not taken this time are too small. They are dropped.
    this.#free = this.#taken.length > 0 ? this.#taken : this.#free;
    this.#taken = [];
  }
}
