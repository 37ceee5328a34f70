import { recordError } from "../blame/error-record.ts";
import { ALLOWANCES, type Batch, CALLS, OUTCOMES } from "./codes.ts";
import type { GuestCall, RunContext, Step, StepEnd, StepOrigin, StepOutcome } from "./step.ts";
import { type PagesToFill, ValueWriter } from "./value-writer.ts";

/** Writes steps and their ends for another thread. */
export class StepWriter {
  readonly #out: ValueWriter;

  /** @param pages As for `ValueWriter` */
  constructor(pages?: PagesToFill) {
    this.#out = new ValueWriter(pages);
  }

  /** In bytes, without what is in pages. */
  get size(): number {
    return this.#out.length;
  }

  /** Bytes of memory that are not in the message. */
  get sizeBeside(): number {
    return this.#out.sizeBeside;
  }

  /** What was written. Then the writer is empty. */
  finish(): Batch {
    return this.#out.post();
  }

  /** @throws RangeError if there is no memory for it. Then nothing was written. */
  writeStep(step: Step): void {
    this.#out.writeFrame(() => this.#writeStep(step));
  }

  /** @throws RangeError as `writeStep` */
  writeEnd(end: StepEnd): void {
    this.#out.writeFrame(() => this.#writeEnd(end));
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
    out.writeContent(output);
    out.writeList(released, (number) => out.writeU32(number));
    out.writeU32(hasTaken ? 1 : 0);
    out.writeU32(OUTCOMES.indexOf(outcome.kind));
    this.#writeOutcome(outcome);
  }

  #writeContext({ entry, args, values }: RunContext): void {
    const out = this.#out;
    out.writeText(entry);
    out.writeList(args, (arg) => out.writeArgument(arg));
    out.writeValues(values);
  }

  #writeContinuation({ parked, answers, open, isAnnounced, calls, values }: StepOrigin): void {
    const out = this.#out;
    out.writeParked(parked);
    out.writeList(answers, ({ number, bytes }) => {
      out.writeU32(number);
      out.writeBytes(bytes);
    });
    out.writeU32(open);
    out.writeU32(isAnnounced ? 1 : 0);
    out.writeList(calls, (number) => out.writeU32(number));
    out.writeValues(values);
  }

  #writeCall(call: GuestCall): void {
    const out = this.#out;
    out.writeU32(CALLS.indexOf(call.kind));
    out.writeU32(call.number);
    switch (call.kind) {
      case "asked":
        out.writeBytes(call.transfer);
        out.writePosted(call.data);
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
        out.writeParked(outcome.parked);
        break;
      case "returned":
        out.writeResult(outcome.result);
        break;
      case "failed":
        out.writeU32(outcome.isStarved ? 1 : 0);
        out.writeText(JSON.stringify(recordError(outcome.error)));
    }
  }
}
