import { PagedBytes, pagesFor } from "./paged-bytes.ts";
import { Pages } from "./pages.ts";

/** The pages that a worker may fill. When it has told of bytes in them, they belong to whoever it told. */
export class LentPages {
  readonly pages = new Pages();
  readonly #free: number[] = [];

  /** How many there are to fill. */
  get count(): number {
    return this.#free.length;
  }

  lend(pages: readonly number[]): void {
    this.#free.push(...pages);
  }

  /** A copy of the bytes in pages; undefined if there are too few. */
  put(bytes: Uint8Array): PagedBytes | undefined {
    const count = pagesFor(bytes.length);
    if (count > this.#free.length) return undefined;
    const pages = this.#free.splice(this.#free.length - count);
    this.pages.fill(pages, bytes);
    return new PagedBytes(bytes.length, pages);
  }
}
