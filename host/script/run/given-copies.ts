import type { HeldBytes, PageStore } from "../pages/page-store.ts";
import { LONG_FROM } from "../pages/paged-bytes.ts";

/**
 * Copies of bytes that the application gives to runs: a run has what they were when it was asked for. Runs that are given
 * the same long bytes share one copy, as long as nobody has changed them.
 */
export class GivenCopies {
  readonly #store: PageStore;
  readonly #copies = new WeakMap<Uint8Array, HeldBytes>();

  constructor(store: PageStore) {
    this.#store = store;
  }

  /** Whoever calls this holds the copy. @throws RangeError if there is no memory for it */
  of(bytes: Uint8Array): Buffer | HeldBytes {
    if (bytes.length < LONG_FROM) return Buffer.from(bytes);
    const known = this.#copies.get(bytes);
    if (known?.isHeld && this.#isEqual(known, bytes)) return known.hold();
    const copy = this.#store.put(bytes);
    this.#copies.set(bytes, copy);
    return copy;
  }

  #isEqual(copy: HeldBytes, bytes: Uint8Array): boolean {
    if (copy.length !== bytes.length) return false;
    let at = 0;
    for (const part of this.#store.pages.parts(copy)) {
      if (Buffer.compare(part, bytes.subarray(at, at + part.length)) !== 0) return false;
      at += part.length;
    }
    return true;
  }
}
