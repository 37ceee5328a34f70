import { remindCollector } from "./collector.ts";
import { PAGE_SIZE, PagedBytes, pagesFor } from "./paged-bytes.ts";
import { Pages, SEGMENT_PAGES, type Segment } from "./pages.ts";
import { TextChunks } from "./text-chunks.ts";

interface FreePages extends Segment {
  /** Pages of it that nobody has. */
  readonly free: number[];
}

/** Bytes in pages of a store, which gets the pages back when nobody needs them. */
export class HeldBytes extends PagedBytes {
  readonly #store: PageStore;
  #holders = 1;

  /** Whoever calls this holds it. */
  constructor(store: PageStore, length: number, pages: readonly number[]) {
    super(length, pages);
    this.#store = store;
  }

  /** Whether anybody needs it. */
  get isHeld(): boolean {
    return this.#holders > 0;
  }

  /** One more needs it. */
  hold(): this {
    this.#holders++;
    return this;
  }

  /** One needs it no more. */
  release(): void {
    if (--this.#holders === 0) this.#store.give(this.pages);
  }
}

/**
 * Memory that threads share, in pages of one size: any free pages are good for any bytes. What is given back is used
 * again, because V8 does not count shared memory, and collects it late.
 */
export class PageStore {
  readonly pages = new Pages();
  /** The oldest first. New bytes go there, so that the newest become free. */
  #segments: FreePages[] = [];
  readonly #byId = new Map<number, FreePages>();
  /** No segment before this place has free pages. */
  #firstFree = 0;
  #free = 0;
  #lastId = 0;
  /** Changes whenever there is another segment, or one less. */
  version = 0;

  /** Bytes of pages that nobody has. */
  get size(): number {
    return this.#free * PAGE_SIZE;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /** @throws RangeError if there is no memory for them */
  take(count: number): number[] {
    while (this.#free < count) this.#grow();
    const pages: number[] = [];
    for (let segment = this.#segments[this.#firstFree]; pages.length < count; ) {
      const { free } = segment as FreePages;
      pages.push(...free.splice(Math.max(0, free.length - (count - pages.length))));
      if (pages.length < count) segment = this.#segments[++this.#firstFree];
    }
    this.#free -= count;
    return pages;
  }

  give(pages: readonly number[]): void {
    for (const page of pages) {
      const segment = this.#byId.get(Math.floor(page / SEGMENT_PAGES)) as FreePages;
      segment.free.push(page);
    }
    this.#free += pages.length;
    this.#firstFree = 0;
  }

  /** A copy of the bytes. @throws RangeError if there is no memory for it */
  put(bytes: Uint8Array): HeldBytes {
    const pages = this.take(pagesFor(bytes.length));
    this.pages.fill(pages, bytes);
    return new HeldBytes(this, bytes.length, pages);
  }

  /** The same for a text, as UTF-8. */
  putText(text: string): HeldBytes {
    const length = Buffer.byteLength(text);
    const held = new HeldBytes(this, length, this.take(pagesFor(length)));
    const chunks = new TextChunks(text);
    for (const part of this.pages.parts(held)) chunks.fill(part);
    return held;
  }

  /** Bytes in pages that were taken before. */
  adopt({ length, pages }: PagedBytes): HeldBytes {
    return new HeldBytes(this, length, pages);
  }

  /** Keeps no more than so many bytes of pages that nobody has, as far as they are whole segments. */
  shrink(most: number): void {
    const before = this.#byId.size;
    for (const { id, free } of this.#segments.toReversed()) {
      if (this.size <= most) break;
      if (free.length === SEGMENT_PAGES) this.#drop(id);
    }
    if (this.#byId.size === before) return;
    this.#segments = [...this.#byId.values()];
    this.#firstFree = 0;
    this.version++;
    remindCollector();
  }

  #grow(): void {
    const id = ++this.#lastId;
    const buffer = new SharedArrayBuffer(SEGMENT_PAGES * PAGE_SIZE);
    const free = Array.from({ length: SEGMENT_PAGES }, (_, i) => id * SEGMENT_PAGES + SEGMENT_PAGES - 1 - i);
    const segment = { id, buffer, free };
    this.pages.add(segment);
    this.#segments.push(segment);
    this.#byId.set(id, segment);
    this.#free += SEGMENT_PAGES;
    this.version++;
  }

  #drop(id: number): void {
    this.pages.remove(id);
    this.#byId.delete(id);
    this.#free -= SEGMENT_PAGES;
  }
}
