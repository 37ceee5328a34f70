import type { Body, TakeBuffer } from "../transfer/body.ts";
import { TransferFailure } from "../transfer/failures.ts";

/** Counts bytes before they are sent. Returns false if they are too many. */
type Count = (bytes: number) => boolean;

/** A body whose bytes are counted when they are read. Bytes that are read twice are counted twice. */
export class CountedBody implements Body {
  readonly kind: Body["kind"];
  readonly contentType: string | null;
  readonly length: number;
  readonly bytes = null;
  readonly #body: Body;
  readonly #count: Count;

  /**
   * A body that is completely in memory is counted at once. @throws TransferFailure ABORTED_BY_CALLBACK if it is too
   * much
   */
  static of(body: Body, count: Count): Body {
    if (body.bytes === null) return new CountedBody(body, count);
    if (!count(body.bytes.byteLength)) throw new TransferFailure("ABORTED_BY_CALLBACK");
    return body;
  }

  private constructor(body: Body, count: Count) {
    this.kind = body.kind;
    this.contentType = body.contentType;
    this.length = body.length;
    this.#body = body;
    this.#count = count;
  }

  get started(): boolean {
    return this.#body.started;
  }

  get replayable(): boolean {
    return this.#body.replayable;
  }

  get rereadable(): boolean {
    return this.#body.rereadable === true;
  }

  async *open(take?: TakeBuffer): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#body.open(take)) {
      if (!this.#count(chunk.byteLength)) throw new TransferFailure("ABORTED_BY_CALLBACK");
      yield chunk;
    }
  }

  close(): void {
    this.#body.close();
  }
}
