import type { ComputableScript } from "../steps/script.ts";
import type { Allowance, Continuation, RunContext, StepEnd } from "../steps/step.ts";

/** A run, as far as others compute for it. */
export interface ComputedRun {
  /** No two runs of the process have the same. */
  readonly number: number;
  readonly script: number;
  /** All that it was given, and has been given since. Asked for when those who compute next do not know the run. */
  context(): RunContext;
  allowance(): Allowance;
  /** Where it goes on; null if it begins. The same until the step has ended. */
  continuation(): Continuation | null;
  /** Its step has ended. */
  onStep(end: StepEnd): void;
  /** Its step was not ended, but who computed it: why it may not be tried again. */
  onLost(how: "silent" | "died"): void;
}

/** Those who compute the steps of runs. */
export interface Computing {
  /** Whether they are other threads. */
  readonly isElsewhere: boolean;
  addScript(id: number, script: ComputableScript): void;
  removeScript(id: number): void;
  /** Resolves when somebody can compute at once. A run's time passes while it waits for that. */
  ready(): Promise<void>;
  /** Computes the next step of a run. `onStep` or `onLost` is called later, not before this returns. */
  submit(run: ComputedRun): void;
  /** The run is over. It hears nothing more, and its guest is ended if it computes. */
  forget(run: ComputedRun): void;
  /** Nothing is computed any more. */
  close(): Promise<void>;
}
