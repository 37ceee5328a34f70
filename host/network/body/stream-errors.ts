import type { Readable } from "node:stream";
import { settle } from "./source.ts";

/**
 * Listens to the errors of a caller's stream, because an error without a listener would end the process. A stream may
 * fail before it is read, or when it is destroyed. There is one listener for each stream, even if several calls hold
 * the stream, and it stays only as long as the stream can fail.
 */
export class StreamErrors {
  static readonly #held = new WeakMap<Readable, StreamErrors>();
  readonly #stream: Readable;
  #holders = 0;
  #isWaiting = false;

  static hold(stream: Readable): StreamErrors {
    const errors = StreamErrors.#held.get(stream) ?? new StreamErrors(stream);
    errors.#holders++;
    return errors;
  }

  private constructor(stream: Readable) {
    this.#stream = stream;
    void settle(() => stream.on("error", ignore));
    StreamErrors.#held.set(stream, this);
  }

  /**
   * Removes one holder.
   *
   * @param isOver Whether the stream was read to its end, and so belongs to its owner again
   * @throws whatever the stream throws
   */
  release(isOver: boolean): void {
    const stream = this.#stream;
    this.#holders--;
    if (this.#holders > 0 || this.#isWaiting) return;
    if (isOver && !stream.destroyed) {
      this.#forget();
      return;
    }
    // A stream emits its error and then its "close", both one tick after `closed` is true.
    this.#isWaiting = true;
    if (stream.closed) setImmediate(() => this.#stopWaiting());
    else void settle(() => stream.once("close", () => this.#stopWaiting()));
  }

  #stopWaiting(): void {
    this.#isWaiting = false;
    if (this.#holders === 0) this.#forget();
  }

  #forget(): void {
    StreamErrors.#held.delete(this.#stream);
    void settle(() => this.#stream.off("error", ignore));
  }
}

function ignore(): void {}
