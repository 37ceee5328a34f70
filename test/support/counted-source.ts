import type { Writable } from "node:stream";

/** Writes a piece many times, as fast as it is taken, and counts what was written. */
export class CountedSource {
  written = 0;
  readonly #piece: Uint8Array;
  readonly #pieces: number;
  #wake = (): void => {};

  constructor(piece: Uint8Array, pieces: number) {
    this.#piece = piece;
    this.#pieces = pieces;
  }

  async writeTo(stream: Writable): Promise<void> {
    stream.on("drain", () => this.#wake()).on("close", () => this.#wake());
    for (let piece = 0; piece < this.#pieces && !stream.destroyed; piece++) {
      this.written += this.#piece.length;
      if (!stream.write(this.#piece)) await this.#drained(stream);
    }
    stream.end();
  }

  #drained(stream: Writable): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (stream.destroyed) resolve();
    });
  }
}
