/** Bytes of a page. */
export const PAGE_SIZE = 1 << 14;

/** From this number of bytes on, bytes lie in pages. Fewer are copied into messages. */
export const LONG_FROM = 4 * PAGE_SIZE;

/** Bytes in pages, which all threads see. They are not in one piece, so no size is better for them than another one. */
export class PagedBytes {
  /** In bytes. */
  readonly length: number;
  /** The numbers of the pages, in order. */
  readonly pages: readonly number[];

  constructor(length: number, pages: readonly number[]) {
    this.length = length;
    this.pages = pages;
  }

  /** All bytes of its pages. */
  get size(): number {
    return this.pages.length * PAGE_SIZE;
  }
}

/** Bytes in one piece, or in pages if they are many. */
export type LongBytes = Uint8Array | PagedBytes;

/** How many pages so many bytes need. */
export function pagesFor(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE);
}
