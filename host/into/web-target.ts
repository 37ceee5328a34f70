import type { Target } from "./target.ts";

/** A stream of the web platform. It belongs to the call. */
export class WebTarget implements Target {
  readonly #stream: WritableStream<Uint8Array>;
  #writer: WritableStreamDefaultWriter<Uint8Array> | null = null;

  constructor(stream: WritableStream<Uint8Array>) {
    this.#stream = stream;
  }

  async open(): Promise<void> {
    this.#writer = this.#stream.getWriter();
    // Whoever writes learns of it.
    this.#writer.closed.catch(() => {});
  }

  async write(piece: Uint8Array): Promise<void> {
    const writer = this.#writer as WritableStreamDefaultWriter<Uint8Array>;
    writer.write(piece).catch(() => {});
    await writer.ready;
  }

  async finish(): Promise<void> {
    await this.#writer?.close();
  }

  /** Nobody waits for it: the stream waits for the piece that is being written, which may stand still. */
  async abandon(error: Error): Promise<void> {
    (this.#writer ?? this.#stream).abort(error).catch(() => {});
  }
}
