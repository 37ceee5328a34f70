import { readFileSync, statSync } from "node:fs";

/** Time between two checks of whether a file has changed. */
const LOOK_EVERY_MS = 5000;

/**
 * The parsed content of a small file of the system. The file is read again when it has changed. A missing file is
 * empty.
 *
 * It is read synchronously, not in the thread pool, where it would have to wait for other work.
 */
export class WatchedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  readonly #now: () => number;
  #lookAt = Number.NEGATIVE_INFINITY;
  /** The state of the file when it was read: its time of change, its size, and its inode. */
  #stamp: string | null | undefined;
  #value: T | undefined;

  constructor(path: string, parse: (text: string) => T, now: () => number) {
    this.#path = path;
    this.#parse = parse;
    this.#now = now;
  }

  /** The content, which is at most five seconds old. */
  get value(): T {
    if (this.#now() >= this.#lookAt) this.#look();
    return this.#value as T;
  }

  #look(): void {
    this.#lookAt = this.#now() + LOOK_EVERY_MS;
    const stamp = stampOf(this.#path);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#value = this.#parse(stamp === null ? "" : readText(this.#path));
  }
}

function stampOf(path: string): string | null {
  try {
    const stats = statSync(path);
    // Only a regular file: reading from a pipe could wait for ever.
    return stats.isFile() ? `${stats.mtimeMs} ${stats.size} ${stats.ino}` : null;
  } catch {
    return null;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
