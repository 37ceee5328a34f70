import { LONG_FROM, PagedBytes, pagesFor } from "./paged-bytes.ts";
import { Pages } from "./pages.ts";

/** The pages that a worker may fill. When it has told of bytes in them, they belong to whoever it told. */
export class LentPages {
  readonly pages = new Pages();
  readonly #free: number[] = [];
  /** What is in pages of which nobody was told. */
  readonly #untold = new Set<PagedBytes>();

  /** How many there are to fill. */
  get count(): number {
    return this.#free.length;
  }

  lend(pages: readonly number[]): void {
    this.#free.push(...pages);
  }

  /** A copy of the bytes in pages; undefined if they are fewer than `from`, or there are too few pages. */
  put(bytes: Uint8Array, from = LONG_FROM): PagedBytes | undefined {
    const count = pagesFor(bytes.length);
    if (bytes.length < from || count > this.#free.length) return undefined;
    const pages = this.#free.splice(this.#free.length - count);
    this.pages.fill(pages, bytes);
    const paged = new PagedBytes(bytes.length, pages);
    this.#untold.add(paged);
    return paged;
  }

  /** Somebody else was told of the pages, and has them now. */
  tell(paged: PagedBytes): void {
    this.#untold.delete(paged);
  }

  /** Pages of which nobody was told are free again. */
  takeBack(): void {
    for (const { pages } of this.#untold) this.#free.push(...pages);
    this.#untold.clear();
  }
}
