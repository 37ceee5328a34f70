import type { Link } from "../../collections/fifo.ts";
import type { ComputedRun } from "./computing.ts";
import { FairQueue } from "./fair-queue.ts";

/** The runs whose next step waits to be computed, in fair order among their scripts. */
export class StepQueue {
  readonly #queue = new FairQueue<number, ComputedRun>();
  readonly #links = new Map<ComputedRun, Link<ComputedRun>>();

  get length(): number {
    return this.#queue.length;
  }

  /** A copy. */
  get runs(): ComputedRun[] {
    return [...this.#links.keys()];
  }

  push(run: ComputedRun): void {
    this.#links.set(run, this.#queue.push(run.script, run));
  }

  shift(): ComputedRun | undefined {
    const run = this.#queue.shift();
    if (run !== undefined) this.#links.delete(run);
    return run;
  }

  /** Takes a run out, if it waits. */
  remove(run: ComputedRun): void {
    const link = this.#links.get(run);
    this.#links.delete(run);
    if (link !== undefined) this.#queue.remove(link);
  }

  /** Charges the run's script for CPU time in milliseconds. */
  charge(run: ComputedRun, ms: number): void {
    this.#queue.charge(run.script, ms);
  }

  /** Called when nobody has the script any more. */
  forgetScript(script: number): void {
    this.#queue.forget(script);
  }
}
