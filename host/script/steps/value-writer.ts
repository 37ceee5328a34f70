import { isMovable } from "../../guest/parked/movable.ts";
import { type LongBytes, PagedBytes } from "../pages/paged-bytes.ts";
import { BatchWriter } from "./batch.ts";
import { ABSENT, type Batch, BYTES, INLINE, LONG_TEXT, MOVED, NUMBERS, PAGED, TEXT } from "./codes.ts";
import type { Argument, EntryResult, NamedValue, SuspendedGuest } from "./step.ts";

/** Pages for long bytes that are in none. */
export interface PagesToFill {
  /** A copy in pages; undefined if the bytes are few, or there are too few pages. */
  put(bytes: Uint8Array): PagedBytes | undefined;
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

  writeContent(bytes: LongBytes | null): void {
    const paged = bytes === null ? undefined : this.#inPages(bytes);
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

  #inPages(bytes: LongBytes): PagedBytes | undefined {
    const paged = bytes instanceof PagedBytes ? bytes : this.#pages?.put(bytes);
    if (paged !== undefined) this.#paged.push(paged);
    return paged;
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
    this.writeContent(bytes);
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
