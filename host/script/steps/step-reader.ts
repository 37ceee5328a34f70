import { type ErrorRecord, restoreError } from "../blame/error-record.ts";
import type { LongBytes } from "../pages/paged-bytes.ts";
import { ALLOWANCES, type Batch, CALLS, OUTCOMES } from "./codes.ts";
import { failedEnd } from "./failed-end.ts";
import type { Allowance, GuestCall, RunContext, Step, StepEnd, StepOrigin, StepOutcome } from "./step.ts";
import { ValueReader } from "./value-reader.ts";

/** A step that could not be read, because there is no memory for it. */
export interface UnreadStep {
  readonly ticket: number;
  readonly error: unknown;
}

/** Reads what a `StepWriter` has written. Bytes that it returns are views of the batch, unless a comment says something else. */
export class StepReader {
  readonly #in: ValueReader;

  constructor(batch: Batch) {
    this.#in = new ValueReader(batch);
  }

  get isAtEnd(): boolean {
    return this.#in.isAtEnd;
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
      output: from.readContent() as LongBytes,
      released: from.readList(() => from.readU32()),
      hasTaken: from.readU32() === 1,
      outcome: this.#readOutcome(OUTCOMES[from.readU32()]),
    };
  }

  #readContext(): RunContext {
    const from = this.#in;
    const entry = from.readText();
    const args = from.readList(() => from.readArgument());
    return { entry, args, values: from.readValues() };
  }

  #readContinuation(): StepOrigin {
    const from = this.#in;
    return {
      parked: from.readParked(),
      answers: from.readList(() => ({ number: from.readU32(), bytes: from.readBytes() })),
      open: from.readU32(),
      isAnnounced: from.readU32() === 1,
      calls: from.readList(() => from.readU32()),
      values: from.readValues(),
    };
  }

  #readCall(): GuestCall {
    const from = this.#in;
    const kind = CALLS[from.readU32()];
    const number = from.readU32();
    if (kind === "sleep") return { kind, number, ms: from.readF64() };
    const bytes = from.readKept();
    if (kind === "refused") return { kind, number, answer: bytes, id: from.readText() };
    return {
      kind: "asked",
      number,
      transfer: bytes,
      data: from.readPosted(),
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
          parked: from.readParked(),
        };
      case "returned":
        return { kind, result: from.readResult() };
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
