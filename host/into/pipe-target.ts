import { close, constants, open } from "node:fs";
import { Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import type { Target } from "./target.ts";
import { WritableTarget } from "./writable-target.ts";

/** How often to look whether somebody reads, in milliseconds. No system tells of it. */
const LOOK_MS = 20;

/**
 * A named pipe. It is opened when somebody reads from it. To open it as other files are opened, and to write to it, would
 * hold a thread of Node until then: nothing could end it, and it would keep the process alive.
 */
export class PipeTarget implements Target {
  readonly #path: string;
  readonly #over = new AbortController();
  #opening: Promise<void> | undefined;
  #stream: WritableTarget | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  open(): Promise<void> {
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    const { signal } = this.#over;
    let descriptor = await openForReader(this.#path);
    for (; descriptor === undefined; descriptor = await openForReader(this.#path))
      await setTimeout(LOOK_MS, undefined, { signal });
    if (signal.aborted) return promisify(close)(descriptor);
    this.#stream = new WritableTarget(new Socket({ fd: descriptor, readable: false, writable: true }));
  }

  write(piece: Uint8Array): Promise<void> {
    return this.#opened.write(piece);
  }

  finish(): Promise<void> {
    return this.#opened.finish();
  }

  async abandon(error: Error): Promise<void> {
    this.#over.abort(error);
    // Whoever reads next must not find the pipe open.
    await this.#opening?.catch(() => {});
    await this.#stream?.abandon(error);
  }

  get #opened(): WritableTarget {
    if (this.#stream === null) throw new Error("the call has ended");
    return this.#stream;
  }
}

/** @returns undefined if nobody reads from the pipe */
async function openForReader(path: string): Promise<number | undefined> {
  try {
    return await promisify(open)(path, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENXIO") return undefined;
    throw error;
  }
}
