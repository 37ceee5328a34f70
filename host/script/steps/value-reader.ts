import type { PostedData } from "../../guest/wire/script-request.ts";
import { type LongBytes, PagedBytes } from "../pages/paged-bytes.ts";
import { BatchReader } from "./batch.ts";
import { ABSENT, type Batch, INLINE, LONG_TEXT, MOVED, NUMBERS, REPEATED, TEXT } from "./codes.ts";
import type { Argument, EntryResult, NamedValue, SuspendedGuest } from "./step.ts";

/** Reads what a `ValueWriter` has written. Bytes that it returns are views of the batch, unless a comment says something else. */
export class ValueReader extends BatchReader {
  readonly #moved: readonly ArrayBuffer[];

  constructor({ bytes, moved }: Batch) {
    super(bytes);
    this.#moved = moved;
  }

  /** A copy, because it is kept longer than the batch, which may be large. */
  readKept(): Buffer {
    return keep(this.readBytes());
  }

  /** For whoever keeps them longer than the batch. */
  readPosted(): PostedData<LongBytes>[] {
    const different: LongBytes[] = [];
    return this.readList(() => {
      const type = this.readU32();
      const kind = this.readU32();
      if (kind === REPEATED) return { type, bytes: different[this.readU32()] as LongBytes };
      const bytes = this.#readContent(kind, keep) as LongBytes;
      different.push(bytes);
      return { type, bytes };
    });
  }

  readArgument(): Argument {
    const kind = this.readU32();
    if (kind === TEXT) return this.readText();
    // A copy, because the worker keeps it longer than the batch.
    const bytes = this.readContent(keep) as LongBytes;
    return kind === LONG_TEXT ? { text: bytes as PagedBytes } : bytes;
  }

  readValues(): NamedValue[] {
    return this.readList(() => ({
      number: this.readU32(),
      type: this.readU32(),
      size: this.readF64(),
      name: this.readU32() === 0 ? null : this.readText(),
      // A copy, because the worker keeps it longer than the batch.
      bytes: this.readContent(keep),
    }));
  }

  readContent(copy: (bytes: Buffer) => Buffer = (bytes) => bytes): LongBytes | null {
    return this.#readContent(this.readU32(), copy);
  }

  #readContent(kind: number, copy: (bytes: Buffer) => Buffer): LongBytes | null {
    if (kind === ABSENT) return null;
    if (kind === INLINE) return copy(this.readBytes());
    if (kind === MOVED) return Buffer.from(this.#moved[this.readU32()] as ArrayBuffer);
    const length = this.readF64();
    const pages = this.readList(() => this.readU32());
    return new PagedBytes(length, pages);
  }

  readParked(): SuspendedGuest {
    const memorySize = this.readF64();
    const globals = this.readList(() => this.readNumber() as number | bigint);
    return { memorySize, globals, bytes: this.readContent() as LongBytes };
  }

  readResult(): EntryResult {
    const kind = this.readU32();
    return kind === NUMBERS.length ? (this.readContent(keep) as Uint8Array) : this.readNumber(kind);
  }

  readNumber(place = this.readU32()): number | bigint | undefined {
    const kind = NUMBERS[place];
    if (kind === "undefined") return undefined;
    return kind === "number" ? this.readF64() : this.readI64();
  }
}

function keep(bytes: Buffer): Buffer {
  return Buffer.from(bytes);
}
