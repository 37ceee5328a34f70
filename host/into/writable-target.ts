import { once } from "node:events";
import type { Writable } from "node:stream";
import type { Target } from "./target.ts";

/** A stream of Node. It belongs to the call, except the streams of the process, which are never closed. */
export class WritableTarget implements Target {
  readonly #stream: Writable;
  readonly #isOwned: boolean;

  constructor(stream: Writable) {
    this.#stream = stream;
    this.#isOwned = stream !== process.stdout && stream !== process.stderr;
    // Whoever writes learns of it; after the end of the call, nobody does. Without a listener, it would end the process.
    stream.on("error", ignore);
  }

  async open(): Promise<void> {
    this.#check();
  }

  async write(piece: Uint8Array): Promise<void> {
    this.#check();
    if (this.#stream.write(piece)) return;
    const over = new AbortController();
    // "close" comes without "error" if somebody destroys the stream.
    const { signal } = over;
    try {
      await Promise.race([once(this.#stream, "drain", { signal }), once(this.#stream, "close", { signal })]);
    } finally {
      over.abort();
    }
    this.#check();
  }

  async finish(): Promise<void> {
    if (this.#isOwned) this.#stream.end();
    else this.#stream.write("");
    if (this.#isOwned && !this.#stream.writableFinished) await this.#finished();
    this.#letGo();
  }

  async abandon(error: Error): Promise<void> {
    if (this.#isOwned) this.#stream.destroy(error);
    this.#letGo();
  }

  async #finished(): Promise<void> {
    const over = new AbortController();
    const { signal } = over;
    try {
      await Promise.race([once(this.#stream, "finish", { signal }), once(this.#stream, "close", { signal })]);
    } finally {
      over.abort();
    }
    if (!this.#stream.writableFinished) throw this.#stream.errored ?? closed();
  }

  #check(): void {
    const { errored, destroyed, writable } = this.#stream;
    if (errored || destroyed || !writable) throw errored ?? closed();
  }

  /**
   * A stream that belongs to the call keeps its listener: it may take any time until it reports an error, such as the one
   * that `destroy` got. The streams of the process report theirs in a later turn.
   */
  #letGo(): void {
    if (!this.#isOwned) setImmediate(() => this.#stream.off("error", ignore));
  }
}

function ignore(): void {}

function closed(): Error {
  return new Error("the stream is closed");
}
