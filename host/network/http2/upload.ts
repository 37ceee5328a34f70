import type { Writable } from "node:stream";
import type { BodyStream } from "../body/request-body.ts";
import { BATCH_BYTES, cut, SMALL_BYTES } from "../body/source.ts";

/** The owner of an upload. It is called if the upload ends by itself, not if it is stopped. */
export interface UploadOwner {
  /** The whole body was given to the stream. */
  onSent(): void;
  /** The body cannot be read. Only a part of it has been sent. */
  onUnreadable(error: unknown): void;
}

/** Writes the body of one request to a stream. It reads nothing while the stream has enough to write. */
export class Upload {
  /** Whether nothing more will be written. */
  isOver = false;
  readonly #stream: Writable;
  readonly #body: BodyStream;
  readonly #owner: UploadOwner;
  /** Number of pieces that the stream still holds. */
  #held = 0;
  #wake: (() => void) | null = null;

  /** @param onOver called once, when nothing more will be written */
  constructor(stream: Writable, body: BodyStream, owner: UploadOwner, onOver: () => void) {
    this.#stream = stream;
    this.#body = body;
    this.#owner = owner;
    body.isWritten = () => this.#held === 0;
    void this.#run().finally(onOver);
  }

  /** Stops reading and writing. */
  stop(): void {
    this.isOver = true;
    this.#body.cancel();
    this.#resume();
  }

  async #run(): Promise<void> {
    try {
      for await (const chunk of this.#body) {
        for (const batch of cut(chunk, BATCH_BYTES)) {
          if (this.isOver) return;
          this.#held++;
          const hasRoom = this.#stream.write(batch, this.#release);
          // The source may use the buffer of this chunk again when it is asked for the next chunk.
          if (!hasRoom || chunk.length >= SMALL_BYTES) await this.#written();
        }
      }
      if (this.isOver) return;
      this.isOver = true;
      this.#stream.end();
      this.#owner.onSent();
    } catch (error) {
      if (!this.isOver) this.#owner.onUnreadable(error);
    } finally {
      this.isOver = true;
    }
  }

  /** Called while the stream holds a piece. Resolves when it holds none any more, or the upload is stopped. */
  #written(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  readonly #release = (): void => {
    this.#held--;
    if (this.#held === 0) this.#resume();
  };

  readonly #resume = (): void => {
    this.#wake?.();
    this.#wake = null;
  };
}
