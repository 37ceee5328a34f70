import type { SpareMemory } from "../../guest/parked/spare-memory.ts";
import type { ComputableScript } from "../steps/script.ts";
import type { Allowance, RunContext, Step, StepEnd, StepOrigin } from "../steps/step.ts";
import type { SharedBytes } from "./shared-bytes.ts";

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
  /** The memory in which it goes on, if that is shared. */
  readonly shared: SharedBytes | undefined;
  /** Called when its step has ended. @param shared The memory in which it ended. It has to be held to be kept */
  onStep(end: StepEnd, shared: SharedBytes | undefined): void;
  /** Called if the worker was ended instead of the step, and the step must not be tried again. */
  onLost(how: Loss): void;
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
  /** Shared memory that nobody uses. */
  readonly spare: SpareMemory;
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
