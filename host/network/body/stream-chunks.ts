import type { Readable } from "node:stream";
import { settle } from "./source.ts";

/**
 * The chunks of a stream, until its end. The stream is not destroyed. Rejects if it fails, or closes before its end.
 *
 * We do not use the stream's own iterator: if methods of a caller's stream throw, then on some versions of Node there
 * is a rejection that nobody can handle.
 */
export class StreamChunks {
  readonly #stream: Readable;
  #watch: StreamWatch | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void> {
    const watch = new StreamWatch(this.#stream);
    this.#watch = watch;
    try {
      for (;;) {
        const chunk: unknown = this.#stream.destroyed ? null : this.#stream.read();
        if (chunk !== null) yield chunk;
        else if (watch.isOver()) return;
        else await watch.next();
      }
    } finally {
      watch.leave();
    }
  }

  /** Stops listening. Otherwise a stream that closes late or never would keep this object in memory. */
  stop(): void {
    this.#watch?.leave();
    this.#watch?.fail(new Error("the stream is not read any more"));
  }
}

type Listeners = Readonly<Record<"readable" | "end" | "error" | "close", (error?: unknown) => void>>;

/** Waits until a stream has data, ends or fails. */
class StreamWatch {
  readonly #stream: Readable;
  readonly #listeners: Listeners = {
    readable: () => this.#wake(),
    end: () => this.#end(),
    error: (error) => this.fail(error),
    close: () => this.fail(new Error("the stream was closed before its end")),
  };
  #isEnded = false;
  #failure: { readonly reason: unknown } | undefined;
  #isNews = false;
  #wakeUp: (() => void) | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    for (const [event, listener] of Object.entries(this.#listeners)) stream.on(event, listener);
    // A stream emits its end or its error only once, perhaps before we listened. So we look at its state.
    if (stream.readableEnded) this.#end();
    else if (stream.errored) this.fail(stream.errored);
    else if (stream.closed) this.#listeners.close();
  }

  /** @throws the stream's error, if it failed before its end */
  isOver(): boolean {
    if (!this.#isEnded && this.#failure !== undefined) throw this.#failure.reason;
    return this.#isEnded;
  }

  async next(): Promise<void> {
    if (!this.#isNews) {
      await new Promise<void>((resolve) => {
        this.#wakeUp = resolve;
      });
    }
    this.#isNews = false;
  }

  leave(): void {
    for (const [event, listener] of Object.entries(this.#listeners)) {
      void settle(() => this.#stream.off(event, listener));
    }
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    this.#wake();
  }

  #end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  #wake(): void {
    this.#isNews = true;
    this.#wakeUp?.();
  }
}
