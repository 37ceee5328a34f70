import type { CallerHeaders } from "../request/headers.ts";
import type { Body } from "../transfer/body.ts";
import { TransferFailure } from "../transfer/failures.ts";

import { ChunkBuffers } from "./chunk-buffers.ts";
import { CHUNK_BYTES } from "./source.ts";
import { countProduced, turnToProduce } from "./upload-quota.ts";

/** How a body is framed: its length in bytes, or -1 for chunked. */
export function framedLength(body: Body, caller: CallerHeaders): number {
  if (caller.chunked) return -1;
  // The original streams every File; it says how long one is only where the caller did.
  return body.kind === "file" ? caller.contentLength : body.length;
}

/** What is sent as the body of one request: at once, or a piece at a time. */
export function openBody(body: Body, caller: CallerHeaders): Uint8Array | BodyStream {
  const length = framedLength(body, caller);
  if (body.bytes !== null && length === body.bytes.byteLength && length <= CHUNK_BYTES) return body.bytes;
  return new BodyStream(body, length);
}

/**
 * The chunks of a body on their way to the socket, counted. Fails at once when cancelled, however long its source takes,
 * and with READ_ERROR if there is more or less of it than its length says.
 */
export class BodyStream implements AsyncIterableIterator<Uint8Array> {
  /** Bytes that the request is framed by; -1 is chunked. */
  readonly length: number;
  /** Bytes handed out. */
  sent = 0;
  /** Whether nothing of what was handed out is waiting to be written any more. */
  isWritten: () => boolean = () => false;
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

  /** Called by whoever stops early. */
  return(): Promise<IteratorResult<Uint8Array>> {
    this.cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Nothing is read any more, and what is awaited rejects: an end would look like the end of the body. */
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
    // What a source says once nobody wants it is of no use to anybody.
  }
}
