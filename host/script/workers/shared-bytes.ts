import { isShared } from "../../guest/parked/shareable.ts";
import type { SpareMemory } from "../../guest/parked/spare-memory.ts";
import type { StepOutcome } from "../steps/step.ts";

/**
 * Shared memory with the bytes of a suspended guest. It is to spare when neither the run needs it nor a worker, which may
 * still read it when the run is over.
 */
export class SharedBytes {
  readonly #buffer: SharedArrayBuffer;
  readonly #spare: SpareMemory;
  #holders = 1;
  #isTaken = false;

  constructor(buffer: SharedArrayBuffer, spare: SpareMemory) {
    this.#buffer = buffer;
    this.#spare = spare;
  }

  /** All of its bytes. */
  get size(): number {
    return this.#buffer.byteLength;
  }

  /** The memory that a step has ended in, if it is shared. Whoever calls this holds it. */
  static of(outcome: StepOutcome, spare: SpareMemory): SharedBytes | undefined {
    if (!("parked" in outcome) || !isShared(outcome.parked.bytes)) return undefined;
    return new SharedBytes(outcome.parked.bytes.buffer as SharedArrayBuffer, spare);
  }

  /** One more needs it. */
  hold(): this {
    this.#holders++;
    return this;
  }

  /** One needs it no more. */
  release(): void {
    if (--this.#holders === 0 && !this.#isTaken) this.#spare.give(this.#buffer);
  }

  /** A worker has gone on from it, and uses it for something else. */
  take(): void {
    this.#isTaken = true;
  }
}
