import type { Readable } from "node:stream";
import { settle } from "./source.ts";

/**
 * Takes the errors of a caller's stream, which must not bring down the process: it may fail before it is read, or when it
 * is destroyed. Listens once to a stream, however many hold it, and not for longer than it can fail.
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
   * One holder less.
   *
   * @param isOver Whether it was read to its end, and is its owner's again
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
    // It tells of its error, then that it is closed: a tick after it says so.
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
