import { Computer, type Planner } from "../compute/computer.ts";
import { PageStore } from "../pages/page-store.ts";
import type { ComputableScript } from "../steps/script.ts";
import type { Step } from "../steps/step.ts";
import { type ComputedRun, type Computing, stepOf } from "./computing.ts";
import { StepQueue } from "./step-queue.ts";

/** Milliseconds of steps in one turn of the event loop. */
const TURN_MS = 5;

/** Computes on the thread that it is made on. While a guest computes, everything else on this thread waits. */
export class OwnThread implements Computing {
  readonly isElsewhere = false;
  readonly workers = 0;
  readonly store = new PageStore();
  readonly #computer: Computer;
  readonly #queue = new StepQueue();
  readonly #known = new Set<number>();
  #lastTicket = 0;
  #isAwake = false;
  #isClosed = false;

  constructor(planner: Planner) {
    this.#computer = new Computer(planner, { pages: this.store.pages });
  }

  addScript(id: number, script: ComputableScript): void {
    this.#computer.addScript(id, script);
  }

  removeScript(id: number): void {
    this.#computer.removeScript(id);
    this.#queue.forgetScript(id);
  }

  async ready(): Promise<void> {}

  submit(run: ComputedRun): void {
    this.#queue.push(run);
    this.#wake();
  }

  forget(run: ComputedRun): void {
    this.#queue.remove(run);
    if (this.#known.delete(run.number)) this.#computer.forget(run.number);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
  }

  #wake(): void {
    if (this.#isAwake) return;
    this.#isAwake = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#isAwake = false;
    const began = performance.now();
    // Only the steps that wait now: a run whose call is answered at once goes on in the next turn.
    for (let left = this.#queue.length; left > 0 && this.#queue.length > 0 && !this.#isClosed; left--) {
      this.#compute(this.#queue.shift() as ComputedRun);
      if (performance.now() - began > TURN_MS) break;
    }
    if (this.#queue.length > 0 && !this.#isClosed) this.#wake();
  }

  #compute(run: ComputedRun): void {
    const isKnown = this.#known.has(run.number);
    this.#known.add(run.number);
    const step = this.#tryStepOf(run, isKnown);
    if (step === undefined) return;
    const end = this.#computer.compute(step);
    this.#queue.charge(run, end.cpuMs);
    run.onStep(end);
  }

  #tryStepOf(run: ComputedRun, isKnown: boolean): Step | undefined {
    try {
      return stepOf(run, ++this.#lastTicket, isKnown);
    } catch {
      run.onLost("memory");
      return undefined;
    }
  }
}
