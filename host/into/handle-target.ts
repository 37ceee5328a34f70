import type { FileHandle } from "node:fs/promises";
import type { Target } from "./target.ts";

/** A file that the caller has opened, and closes. It is written from its position. */
export class HandleTarget implements Target {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async open(): Promise<void> {}

  /** The system may write less than it is asked to. */
  async write(piece: Uint8Array): Promise<void> {
    let rest = piece;
    while (rest.length > 0) rest = rest.subarray((await this.#handle.write(rest)).bytesWritten);
  }

  async finish(): Promise<void> {}

  async abandon(): Promise<void> {}
}
