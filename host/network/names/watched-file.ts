import { readFileSync, statSync } from "node:fs";

/** Between two looks at whether a file has changed. */
const LOOK_EVERY_MS = 5000;

/**
 * What a small file of the system says, read again when it has changed. A file that is not there is empty.
 *
 * It is read at once and not in the thread pool: whatever else waits there would hold it up.
 */
export class WatchedFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  readonly #now: () => number;
  #lookAt = Number.NEGATIVE_INFINITY;
  /** Of the file as it was read: when it changed, how large it was, and which one. */
  #stamp: string | null | undefined;
  #value: T | undefined;

  constructor(path: string, parse: (text: string) => T, now: () => number) {
    this.#path = path;
    this.#parse = parse;
    this.#now = now;
  }

  /** As of at most five seconds ago. */
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
    // To read from a pipe could wait without end.
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
