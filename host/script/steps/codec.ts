import { isMovable } from "../../guest/parked/movable.ts";
import { type ErrorRecord, recordError, restoreError } from "../blame/error-record.ts";
import { LONG_FROM, type LongBytes, PagedBytes } from "../pages/paged-bytes.ts";
import { type BatchReader, BatchWriter } from "./batch.ts";
import { failedEnd } from "./failed-end.ts";
import type {
  Allowance,
  Argument,
  EntryResult,
  GuestCall,
  NamedValue,
  RunContext,
  Step,
  StepEnd,
  StepOrigin,
  StepOutcome,
  SuspendedGuest,
} from "./step.ts";

const ABSENT = 0;
const INLINE = 1;
const PAGED = 2;
const MOVED = 3;

/** What an argument is. */
const BYTES = 0;
const TEXT = 1;
const LONG_TEXT = 2;

const KINDS = ["waits", "returned", "failed"] as const;
const CALL_KINDS = ["asked", "refused", "sleep"] as const;

/** Pages for long bytes that are in none. */
export interface PagesToFill {
  /** A copy in pages; undefined if there are too few. */
  put(bytes: Uint8Array): PagedBytes | undefined;
  /** Nobody was told of these pages. */
  lend(pages: readonly number[]): void;
}

/** Writes steps and their ends for another thread. */
export class StepWriter {
  readonly #out = new BatchWriter();
  readonly #pages: PagesToFill | undefined;
  #moved: ArrayBuffer[] = [];
  /** What it has put into pages since `finish`. */
  #paged: PagedBytes[] = [];

  /** @param pages Without them, long bytes that are in no pages are copied into the message. */
  constructor(pages?: PagesToFill) {
    this.#pages = pages;
  }

  /** In bytes, without what is in pages. */
  get size(): number {
    return this.#out.length;
  }

  /** What was written. Then the writer is empty. */
  finish(): Batch {
    const moved = this.#moved;
    this.#moved = [];
    this.#paged = [];
    return { bytes: this.#out.finish(), moved };
  }

  /** Bytes of memory that are not in the message: that were put into pages, or that are given away. */
  get sizeBeside(): number {
    const paged = this.#paged.reduce((all, { size }) => all + size, 0);
    return this.#moved.reduce((all, { byteLength }) => all + byteLength, paged);
  }

  /** @throws RangeError if there is no memory for it. Then nothing was written. */
  writeStep(step: Step): void {
    this.#writeFrame(() => this.#writeStep(step));
  }

  /** @throws RangeError as `writeStep` */
  writeEnd(end: StepEnd): void {
    this.#writeFrame(() => this.#writeEnd(end));
  }

  #writeFrame(write: () => void): void {
    const before = this.#paged.length;
    try {
      this.#out.writeFrame(write);
    } catch (error) {
      for (const { pages } of this.#paged.splice(before)) this.#pages?.lend(pages);
      throw error;
    }
  }

  #writeStep({ ticket, run, script, allowance, context, from }: Step): void {
    const out = this.#out;
    out.writeF64(ticket);
    out.writeF64(run);
    out.writeU32(script);
    for (const name of ALLOWANCES) out.writeF64(allowance[name]);
    out.writeU32(context === null ? 0 : 1);
    if (context !== null) this.#writeContext(context);
    out.writeU32(from === null ? 0 : 1);
    if (from !== null) this.#writeContinuation(from);
  }

  #writeEnd({ ticket, cpuMs, memoryBytes, output, released, hasTaken, outcome }: StepEnd): void {
    const out = this.#out;
    out.writeF64(ticket);
    out.writeF64(cpuMs);
    out.writeF64(memoryBytes);
    this.#writeContent(output);
    out.writeList(released, (number) => out.writeU32(number));
    out.writeU32(hasTaken ? 1 : 0);
    out.writeU32(KINDS.indexOf(outcome.kind));
    this.#writeOutcome(outcome);
  }

  #writeContext({ entry, args, values }: RunContext): void {
    const out = this.#out;
    out.writeText(entry);
    out.writeList(args, (arg) => this.#writeArgument(arg));
    this.#writeValues(values);
  }

  #writeArgument(arg: Argument): void {
    const out = this.#out;
    if (typeof arg === "string") {
      out.writeU32(TEXT);
      out.writeText(arg);
    } else {
      out.writeU32("text" in arg ? LONG_TEXT : BYTES);
      this.#writeContent("text" in arg ? arg.text : arg);
    }
  }

  #writeContinuation({ parked, answers, open, isAnnounced, calls, values }: StepOrigin): void {
    const out = this.#out;
    this.#writeParked(parked);
    out.writeList(answers, ({ number, bytes }) => {
      out.writeU32(number);
      out.writeBytes(bytes);
    });
    out.writeU32(open);
    out.writeU32(isAnnounced ? 1 : 0);
    out.writeList(calls, (number) => out.writeU32(number));
    this.#writeValues(values);
  }

  #writeValues(values: readonly NamedValue[]): void {
    const out = this.#out;
    out.writeList(values, ({ number, type, size, name, bytes }) => {
      out.writeU32(number);
      out.writeU32(type);
      out.writeF64(size);
      out.writeU32(name === null ? 0 : 1);
      if (name !== null) out.writeText(name);
      this.#writeContent(bytes);
    });
  }

  #writeContent(bytes: LongBytes | null): void {
    const out = this.#out;
    const paged = bytes === null ? undefined : this.#inPages(bytes);
    if (paged !== undefined) {
      out.writeU32(PAGED);
      out.writeF64(paged.length);
      out.writeList(paged.pages, (page) => out.writeU32(page));
    } else if (bytes instanceof Uint8Array) {
      this.#writeInline(bytes);
    } else {
      out.writeU32(ABSENT);
    }
  }

  #writeInline(bytes: Uint8Array): void {
    this.#out.writeU32(INLINE);
    this.#out.writeBytes(bytes);
  }

  #inPages(bytes: LongBytes): PagedBytes | undefined {
    if (bytes instanceof PagedBytes) return bytes;
    const paged = bytes.length < LONG_FROM ? undefined : this.#pages?.put(bytes);
    if (paged !== undefined) this.#paged.push(paged);
    return paged;
  }

  /** Bytes that are not needed here any more. */
  #writeData(bytes: Uint8Array): void {
    if (!isMovable(bytes)) {
      this.#writeInline(bytes);
      return;
    }
    const buffer = bytes.buffer as ArrayBuffer;
    const known = this.#moved.lastIndexOf(buffer);
    this.#out.writeU32(MOVED);
    this.#out.writeU32(known === -1 ? this.#moved.push(buffer) - 1 : known);
  }

  #writeParked({ bytes, memorySize, globals }: SuspendedGuest): void {
    const out = this.#out;
    out.writeF64(memorySize);
    out.writeList(globals, (value) => this.#writeNumber(value));
    this.#writeContent(bytes);
  }

  #writeNumber(value: number | bigint | undefined): void {
    const out = this.#out;
    out.writeU32(NUMBERS.indexOf(typeof value));
    if (typeof value === "number") out.writeF64(value);
    else if (typeof value === "bigint") out.writeI64(value);
  }

  #writeCall(call: GuestCall): void {
    const out = this.#out;
    out.writeU32(CALL_KINDS.indexOf(call.kind));
    out.writeU32(call.number);
    switch (call.kind) {
      case "asked":
        out.writeBytes(call.transfer);
        out.writeList(call.data, ({ type, bytes }) => {
          out.writeU32(type);
          this.#writeData(bytes);
        });
        break;
      case "refused":
        out.writeBytes(call.answer);
        out.writeText(call.id);
        break;
      case "sleep":
        out.writeF64(call.ms);
    }
  }

  #writeOutcome(outcome: StepOutcome): void {
    const out = this.#out;
    switch (outcome.kind) {
      case "waits":
        out.writeList(outcome.calls, (call) => this.#writeCall(call));
        out.writeList(outcome.cancelled, (number) => out.writeU32(number));
        out.writeU32(outcome.until === null ? 0 : 1);
        out.writeList(outcome.until ?? [], (number) => out.writeU32(number));
        out.writeU32(outcome.isAnnounced ? 1 : 0);
        this.#writeParked(outcome.parked);
        break;
      case "returned":
        if (outcome.result instanceof Uint8Array) {
          out.writeU32(NUMBERS.length);
          this.#writeData(outcome.result);
        } else this.#writeNumber(outcome.result);
        break;
      case "failed":
        out.writeU32(outcome.isStarved ? 1 : 0);
        out.writeText(JSON.stringify(recordError(outcome.error)));
    }
  }
}

/** What one thread posts to another. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Memory of long values that the other thread has from then on. */
  readonly moved: readonly ArrayBuffer[];
}

/** What a batch takes along when it is posted. */
export function transferables({ bytes, moved }: Batch): ArrayBuffer[] {
  return [bytes.buffer, ...moved];
}

const ALLOWANCES = ["computeMs", "cpuMs", "timeMs", "outputBytes", "keptBytes", "requests", "made"] as const;
const NUMBERS: readonly string[] = ["undefined", "number", "bigint"];

/** A step that could not be read, because there is no memory for it. */
export interface UnreadStep {
  readonly ticket: number;
  readonly error: unknown;
}

/** Reads what a `StepWriter` has written. Bytes that it returns are views of the batch, unless a comment says something else. */
export class StepReader {
  readonly #in: BatchReader;
  readonly #moved: readonly ArrayBuffer[];

  constructor(bytes: BatchReader, { moved }: Omit<Batch, "bytes">) {
    this.#in = bytes;
    this.#moved = moved;
  }

  readStep(): Step | UnreadStep {
    return this.#readFrame<Step | UnreadStep>(
      (ticket) => this.#readStep(ticket),
      (ticket, error) => ({ ticket, error }),
    );
  }

  /** An end that could not be read is one that has failed. */
  readEnd(): StepEnd {
    return this.#readFrame((ticket) => this.#readEnd(ticket), failedEnd);
  }

  #readFrame<T>(read: (ticket: number) => T, onError: (ticket: number, error: unknown) => T): T {
    const end = this.#in.enterFrame();
    const ticket = this.#in.readF64();
    try {
      return read(ticket);
    } catch (error) {
      this.#in.leaveFrame(end);
      return onError(ticket, error);
    }
  }

  #readStep(ticket: number): Step {
    const from = this.#in;
    const run = from.readF64();
    const script = from.readU32();
    const allowance = Object.fromEntries(ALLOWANCES.map((name) => [name, from.readF64()]));
    return {
      ticket,
      run,
      script,
      allowance: allowance as unknown as Allowance,
      context: from.readU32() === 0 ? null : this.#readContext(),
      from: from.readU32() === 0 ? null : this.#readContinuation(),
    };
  }

  #readEnd(ticket: number): StepEnd {
    const from = this.#in;
    return {
      ticket,
      cpuMs: from.readF64(),
      memoryBytes: from.readF64(),
      output: this.#readContent() as LongBytes,
      released: from.readList(() => from.readU32()),
      hasTaken: from.readU32() === 1,
      outcome: this.#readOutcome(KINDS[from.readU32()]),
    };
  }

  #readContext(): RunContext {
    const from = this.#in;
    const entry = from.readText();
    const args = from.readList(() => this.#readArgument());
    return { entry, args, values: this.#readValues() };
  }

  #readArgument(): Argument {
    const kind = this.#in.readU32();
    if (kind === TEXT) return this.#in.readText();
    // A copy, because the worker keeps it longer than the batch.
    const bytes = this.#readContent(keep) as LongBytes;
    return kind === LONG_TEXT ? { text: bytes as PagedBytes } : bytes;
  }

  #readContinuation(): StepOrigin {
    const from = this.#in;
    return {
      parked: this.#readParked(),
      answers: from.readList(() => ({ number: from.readU32(), bytes: from.readBytes() })),
      open: from.readU32(),
      isAnnounced: from.readU32() === 1,
      calls: from.readList(() => from.readU32()),
      values: this.#readValues(),
    };
  }

  #readValues(): NamedValue[] {
    const from = this.#in;
    return from.readList(() => ({
      number: from.readU32(),
      type: from.readU32(),
      size: from.readF64(),
      name: from.readU32() === 0 ? null : from.readText(),
      // A copy, because the worker keeps it longer than the batch.
      bytes: this.#readContent(keep),
    }));
  }

  #readContent(copy: (bytes: Buffer) => Buffer = (bytes) => bytes): LongBytes | null {
    const from = this.#in;
    const kind = from.readU32();
    if (kind === ABSENT) return null;
    if (kind === INLINE) return copy(from.readBytes());
    if (kind === MOVED) return Buffer.from(this.#moved[from.readU32()] as ArrayBuffer);
    const length = from.readF64();
    const pages = from.readList(() => from.readU32());
    return new PagedBytes(length, pages);
  }

  #readParked(): SuspendedGuest {
    const from = this.#in;
    const memorySize = from.readF64();
    const globals = from.readList(() => this.#readNumber() as number | bigint);
    return { memorySize, globals, bytes: this.#readContent() as LongBytes };
  }

  #readResult(): EntryResult {
    const kind = this.#in.readU32();
    return kind === NUMBERS.length ? (this.#readContent(keep) as Uint8Array) : this.#readNumber(kind);
  }

  #readNumber(place = this.#in.readU32()): number | bigint | undefined {
    const kind = NUMBERS[place];
    if (kind === "undefined") return undefined;
    return kind === "number" ? this.#in.readF64() : this.#in.readI64();
  }

  #readCall(): GuestCall {
    const from = this.#in;
    const kind = CALL_KINDS[from.readU32()];
    const number = from.readU32();
    if (kind === "sleep") return { kind, number, ms: from.readF64() };
    const bytes = keep(from.readBytes());
    if (kind === "refused") return { kind, number, answer: bytes, id: from.readText() };
    return {
      kind: "asked",
      number,
      transfer: bytes,
      data: from.readList(() => ({ type: from.readU32(), bytes: this.#readContent(keep) as Uint8Array })),
    };
  }

  #readUntil(): number[] | null {
    const hasList = this.#in.readU32() === 1;
    const numbers = this.#in.readList(() => this.#in.readU32());
    return hasList ? numbers : null;
  }

  #readOutcome(kind: StepOutcome["kind"] | undefined): StepOutcome {
    const from = this.#in;
    switch (kind) {
      case "waits":
        return {
          kind,
          calls: from.readList(() => this.#readCall()),
          cancelled: from.readList(() => from.readU32()),
          until: this.#readUntil(),
          isAnnounced: from.readU32() === 1,
          parked: this.#readParked(),
        };
      case "returned":
        return { kind, result: this.#readResult() };
      case "failed":
        return {
          kind,
          isStarved: from.readU32() === 1,
          error: restoreError(JSON.parse(from.readText()) as ErrorRecord),
        };
      default:
        throw new Error("the batch is out of step");
    }
  }
}

/** A copy of bytes that are kept longer than the batch, because the batch may be large. */
function keep(bytes: Buffer): Buffer {
  return Buffer.from(bytes);
}
