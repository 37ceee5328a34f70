import { isMovable } from "../../guest/parked/movable.ts";
import type { PostedData } from "../../guest/wire/script-request.ts";
import { type LongBytes, PAGE_SIZE, PagedBytes } from "../pages/paged-bytes.ts";
import { BatchWriter } from "./batch.ts";
import {
  ABSENT,
  type Batch,
  BYTES,
  INLINE,
  LONG_TEXT,
  MOVED,
  NUMBERS,
  PAGED,
  REPEATED,
  TEXT,
} from "./codes.ts";
import type { Argument, EntryResult, NamedValue, SuspendedGuest } from "./step.ts";

/** Pages for long bytes that are in none. */
export interface PagesToFill {
  /** A copy in pages; undefined if the bytes are fewer than `from`, or there are too few pages. */
  put(bytes: Uint8Array, from?: number): PagedBytes | undefined;
  /** The other thread has these pages now. */
  tell(paged: PagedBytes): void;
}

/** Writes the values of a step. Long bytes go beside the batch: in pages, or as memory that the other thread has from then on. */
export class ValueWriter extends BatchWriter {
  readonly #pages: PagesToFill | undefined;
  #moved: ArrayBuffer[] = [];
  /** What it has told of in pages since `post`. */
  #paged: PagedBytes[] = [];

  /** @param pages Without them, long bytes that are in no pages are copied into the message. */
  constructor(pages?: PagesToFill) {
    super();
    this.#pages = pages;
  }

  /** Bytes of memory that are not in the message: that were put into pages, or that are given away. */
  get sizeBeside(): number {
    const paged = this.#paged.reduce((all, { size }) => all + size, 0);
    return this.#moved.reduce((all, { byteLength }) => all + byteLength, paged);
  }

  /** What was written. Then the writer is empty. */
  post(): Batch {
    const moved = this.#moved;
    this.#moved = [];
    this.#paged = [];
    return { bytes: this.finish(), moved };
  }

  /** If it fails, the other thread does not get its pages. */
  override writeFrame(write: () => void): void {
    const before = this.#paged.length;
    try {
      super.writeFrame(write);
    } catch (error) {
      this.#paged.length = before;
      throw error;
    }
    for (const paged of this.#paged.slice(before)) this.#pages?.tell(paged);
  }

  writeArgument(arg: Argument): void {
    if (typeof arg === "string") {
      this.writeU32(TEXT);
      this.writeText(arg);
    } else {
      this.writeU32("text" in arg ? LONG_TEXT : BYTES);
      this.writeContent("text" in arg ? arg.text : arg);
    }
  }

  writeValues(values: readonly NamedValue[]): void {
    this.writeList(values, ({ number, type, size, name, bytes }) => {
      this.writeU32(number);
      this.writeU32(type);
      this.writeF64(size);
      this.writeU32(name === null ? 0 : 1);
      if (name !== null) this.writeText(name);
      this.writeContent(bytes);
    });
  }

  /** @param from Fewer bytes are not put into pages. By default, those that are not long */
  writeContent(bytes: LongBytes | null, from?: number): void {
    const paged = bytes === null ? undefined : this.#inPages(bytes, from);
    if (paged !== undefined) {
      this.writeU32(PAGED);
      this.writeF64(paged.length);
      this.writeList(paged.pages, (page) => this.writeU32(page));
    } else if (bytes instanceof Uint8Array) {
      this.#writeInline(bytes);
    } else {
      this.writeU32(ABSENT);
    }
  }

  #writeInline(bytes: Uint8Array): void {
    this.writeU32(INLINE);
    this.writeBytes(bytes);
  }

  #inPages(bytes: LongBytes, from?: number): PagedBytes | undefined {
    const paged = bytes instanceof PagedBytes ? bytes : this.#pages?.put(bytes, from);
    if (paged !== undefined) this.#paged.push(paged);
    return paged;
  }

  /** The data of a call. What is posted in several places is written once. */
  writePosted(data: readonly PostedData<LongBytes>[]): void {
    const places = new Map<LongBytes, number>();
    this.writeList(data, ({ type, bytes }) => {
      this.writeU32(type);
      const place = places.get(bytes);
      if (place === undefined) {
        places.set(bytes, places.size);
        this.writeData(bytes);
      } else {
        this.writeU32(REPEATED);
        this.writeU32(place);
      }
    });
  }

  /** Bytes that are not needed here any more. */
  writeData(bytes: LongBytes): void {
    if (bytes instanceof PagedBytes || !isMovable(bytes)) {
      this.writeContent(bytes);
      return;
    }
    const buffer = bytes.buffer as ArrayBuffer;
    const known = this.#moved.lastIndexOf(buffer);
    this.writeU32(MOVED);
    this.writeU32(known === -1 ? this.#moved.push(buffer) - 1 : known);
  }

  writeParked({ bytes, memorySize, globals }: SuspendedGuest): void {
    this.writeF64(memorySize);
    this.writeList(globals, (value) => this.writeNumber(value));
    // From a page on, a guest is kept in pages in any case. So nobody copies it again.
    this.writeContent(bytes, PAGE_SIZE);
  }

  writeNumber(value: number | bigint | undefined): void {
    this.writeU32(NUMBERS.indexOf(typeof value));
    if (typeof value === "number") this.writeF64(value);
    else if (typeof value === "bigint") this.writeI64(value);
  }

  writeResult(result: EntryResult): void {
    if (result instanceof Uint8Array) {
      this.writeU32(NUMBERS.length);
      this.writeData(result);
    } else this.writeNumber(result);
  }
}
