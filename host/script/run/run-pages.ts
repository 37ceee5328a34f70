import { HeldBytes, type PageStore } from "../pages/page-store.ts";
import type { ReadPages } from "../workers/computing.ts";

/** What a run has in pages. While a worker may read it, none of it is given back. */
export class RunPages implements ReadPages {
  readonly #store: PageStore;
  /** These two are undefined if there is nothing: most runs have nothing here. */
  #kept: Set<HeldBytes> | undefined;
  #over: HeldBytes[] | undefined;
  #steps = 0;

  constructor(store: PageStore) {
    this.#store = store;
  }

  beginStep(): void {
    this.#steps++;
  }

  endStep(): void {
    if (--this.#steps > 0) return;
    for (const bytes of this.#over ?? []) bytes.release();
    this.#over = undefined;
  }

  /** A copy of the bytes. @throws RangeError if there is no memory for it */
  put(bytes: Uint8Array): HeldBytes {
    return this.keep(this.#store.put(bytes));
  }

  /** The same for a text, as UTF-8. */
  putText(text: string): HeldBytes {
    return this.keep(this.#store.putText(text));
  }

  /** Keeps bytes, which somebody holds for the run, to the end of the run. */
  keep(bytes: HeldBytes): HeldBytes {
    this.#kept ??= new Set();
    this.#kept.add(bytes);
    return bytes;
  }

  /** The run does not need a value any more. */
  release(value: unknown): void {
    if (!(value instanceof HeldBytes) || !this.#kept?.delete(value)) return;
    if (this.#steps === 0) {
      value.release();
      return;
    }
    this.#over ??= [];
    this.#over.push(value);
  }

  /** The run is over. */
  releaseAll(): void {
    for (const bytes of this.#kept ?? []) this.release(bytes);
  }

  /** The bytes, part by part. */
  read(bytes: HeldBytes): Iterable<Uint8Array> {
    return this.#store.pages.parts(bytes);
  }
}

/** Bytes of pages that are not needed. */
export function slackOf(value: unknown): number {
  return value instanceof HeldBytes ? value.size - value.length : 0;
}
