import type { Body } from "../transfer/body.ts";
import { TransferFailure } from "../transfer/failures.ts";

import { ChunkBuffers } from "./chunk-buffers.ts";
import { CHUNK_BYTES } from "./source.ts";
import { countProduced, turnToProduce } from "./upload-quota.ts";

/**
 * The body of one request: bytes that are sent at once, or a stream of pieces.
 *
 * @param length how the body is framed, see `framingOf`
 */
export function openBody(body: Body, length: number): Uint8Array | BodyStream {
  const isWhole = body.bytes !== null && length === body.bytes.byteLength;
  // undici sends the length of an empty body only for some methods.
  if (isWhole && length > 0 && length <= CHUNK_BYTES) return body.bytes;
  return new BodyStream(body, length);
}

/**
 * The chunks of a body, counted. `cancel` makes it fail at once, even while its source is slow. If the number of bytes
 * differs from the length, it fails with READ_ERROR.
 */
export class BodyStream implements AsyncIterableIterator<Uint8Array> {
  /** The length in the request's head; CHUNKED or UNFRAMED if the head has none. */
  readonly length: number;
  /** Number of bytes that were given out. */
  sent = 0;
  /** Whether all bytes that were given out have been written. */
  isWritten: () => boolean = () => false;
  /** Called with each chunk that is given out. Its bytes may change when the next one is asked for. */
  onChunk: ((chunk: Uint8Array) => void) | null = null;
  readonly #buffers = new ChunkBuffers();
  readonly #body: Body;
  #source: AsyncIterator<Uint8Array> | null = null;
  #cancelled: TransferFailure | null = null;
  #stop: ((failure: TransferFailure) => void) | null = null;

  constructor(body: Body, length: number) {
    this.#body = body;
    this.length = length;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Uint8Array>> {
    if (this.#cancelled !== null) return Promise.reject(this.#cancelled);
    if (this.isWritten()) this.#buffers.reclaim();
    return new Promise((resolve, reject) => {
      this.#stop = reject;
      this.#pull().then(resolve, reject);
    });
  }

  /** Called if the reader stops early. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Stops reading. A pending `next` rejects; if it resolved as done, it would look like the end of the body. */
  cancel(): void {
    if (this.#cancelled !== null) return;
    this.#cancelled = new TransferFailure("ABORTED_BY_CALLBACK");
    this.#stop?.(this.#cancelled);
    void finish(this.#source);
  }

  async #pull(): Promise<IteratorResult<Uint8Array>> {
    for (let turn = turnToProduce(); turn !== null; turn = turnToProduce()) await turn;
    const result = await this.#read();
    if (this.#cancelled !== null) throw this.#cancelled;
    countProduced(result.done ? 0 : result.value.byteLength);
    const sent = result.done ? this.sent : this.sent + result.value.byteLength;
    const isWrong = this.length >= 0 && (result.done ? sent < this.length : sent > this.length);
    if (isWrong) throw new TransferFailure("READ_ERROR");
    this.sent = sent;
    if (!result.done) this.onChunk?.(result.value);
    return result;
  }

  async #read(): Promise<IteratorResult<Uint8Array>> {
    try {
      this.#source ??= this.#body.open(this.#buffers.take)[Symbol.asyncIterator]();
      return await this.#source.next();
    } catch (error) {
      throw error instanceof TransferFailure ? error : new TransferFailure("READ_ERROR", error);
    }
  }
}

async function finish(source: AsyncIterator<Uint8Array> | null): Promise<void> {
  try {
    await source?.return?.();
  } catch {
    // The body is over, so an error of its source does not matter.
  }
}
