import type { PageStore } from "../pages/page-store.ts";
import type { ComputableScript } from "../steps/script.ts";
import type { Allowance, RunContext, Step, StepEnd, StepOrigin } from "../steps/step.ts";

/**
 * Why a step was not computed: the worker was silent for too long, or two workers have died in it, or no worker could
 * start, or there is no memory for what the worker needs.
 */
export type Loss = "silent" | "died" | "unstarted" | "memory";

/** A run, what is needed of it to compute its steps. */
export interface ComputedRun {
  /** No two runs of the process have the same. */
  readonly number: number;
  readonly script: number;
  /** All values that the run may name. A worker needs them once. */
  context(): RunContext;
  allowance(): Allowance;
  /** Where it goes on; null if it begins. It does not change before the step has ended. */
  continuation(): StepOrigin | null;
  /** What it has in pages. */
  readonly pages: ReadPages;
  /** Number of bytes that it has put out. */
  readonly outputBytes: number;
  /** Called when its step has ended. What the end has in pages is the run's. */
  onStep(end: StepEnd): void;
  /** Called if the worker was ended instead of the step, and the step must not be tried again. */
  onLost(how: Loss): void;
}

/** Pages that a worker may read. */
export interface ReadPages {
  /** A step begins that may read them: until its end, none is used for anything else. */
  beginStep(): void;
  endStep(): void;
}

/** @param isKnown Whether those who compute it know the run's values. @throws RangeError if there is no memory for them */
export function stepOf(run: ComputedRun, ticket: number, isKnown: boolean): Step {
  return {
    ticket,
    run: run.number,
    script: run.script,
    allowance: run.allowance(),
    context: isKnown ? null : run.context(),
    from: run.continuation(),
  };
}

/** Computes the steps of runs. */
export interface Computing {
  /** Whether other threads do it. */
  readonly isElsewhere: boolean;
  /** The memory for what is long. */
  readonly store: PageStore;
  /** How many other threads there are now. */
  readonly workers: number;
  addScript(id: number, script: ComputableScript): void;
  removeScript(id: number): void;
  /** Resolves when a step can be computed at once. The time of a run would pass while a worker starts. */
  ready(): Promise<void>;
  /** Computes the next step of a run. `onStep` or `onLost` is called later, not before this returns. */
  submit(run: ComputedRun): void;
  /** Called when a run is over. None of its functions is called after this. If its guest computes, the guest is ended. */
  forget(run: ComputedRun): void;
  /** Ends all computing. */
  close(): Promise<void>;
}
