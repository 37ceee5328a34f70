import { type LongBytes, PAGE_SIZE, PagedBytes } from "./paged-bytes.ts";

/** Pages come in segments, because a thread has to be told of each piece of memory that it shares. */
export const SEGMENT_PAGES = 64;

/** A piece of memory that threads share. */
export interface Segment {
  /** Its pages have the numbers from `id * SEGMENT_PAGES` on. */
  readonly id: number;
  readonly buffer: SharedArrayBuffer;
}

/** The pages that this thread sees. */
export class Pages {
  readonly #segments = new Map<number, Buffer>();

  add({ id, buffer }: Segment): void {
    this.#segments.set(id, Buffer.from(buffer));
  }

  remove(id: number): void {
    this.#segments.delete(id);
  }

  /** All bytes of a page. */
  of(page: number): Buffer {
    const segment = this.#segments.get(Math.floor(page / SEGMENT_PAGES)) as Buffer;
    const start = (page % SEGMENT_PAGES) * PAGE_SIZE;
    return segment.subarray(start, start + PAGE_SIZE);
  }

  /** Fills pages with bytes, from the beginning of the first one. */
  fill(pages: readonly number[], bytes: Uint8Array): void {
    for (const [i, page] of pages.entries()) {
      this.of(page).set(bytes.subarray(i * PAGE_SIZE, (i + 1) * PAGE_SIZE));
    }
  }

  /** The parts of some of the bytes, in order: views. */
  *parts(bytes: LongBytes, from = 0, to = bytes.length): Generator<Uint8Array> {
    const end = Math.min(to, bytes.length);
    if (!(bytes instanceof PagedBytes)) {
      yield bytes.subarray(from, end);
      return;
    }
    for (let at = from; at < end; ) {
      const page = Math.floor(at / PAGE_SIZE);
      const next = Math.min(end, (page + 1) * PAGE_SIZE);
      yield this.of(bytes.pages[page] as number).subarray(at - page * PAGE_SIZE, next - page * PAGE_SIZE);
      at = next;
    }
  }

  /** Copies all of the bytes to the beginning of `target`. @returns `target` */
  copy<T extends Uint8Array>(bytes: LongBytes, target: T): T {
    let at = 0;
    for (const part of this.parts(bytes)) {
      target.set(part, at);
      at += part.length;
    }
    return target;
  }
}
