import type { DetachedFiber } from "../../guest/engine/instance.ts";
import type { PostedData } from "../../guest/wire/script-request.ts";

/** A value that a run may name. What cannot cross stays with the books; the guest knows its size. */
export interface NamedValue {
  readonly number: number;
  /** An EXT_ number. */
  readonly type: number;
  /** Bytes; -1 if that is not known. */
  readonly size: number;
  /** The name under which it was granted; null if it came in an answer. */
  readonly name: string | null;
  /** Its content, if the guest may read it. */
  readonly bytes: Uint8Array | null;
}

/** What a run has beside its guest's own memory, as its guest sees it. */
export interface RunContext {
  /** The export that it began with, and is rewound through. */
  readonly entry: string;
  readonly args: readonly (string | Uint8Array)[];
  readonly values: readonly NamedValue[];
}

/** What one step may use. */
export interface Allowance {
  /** Milliseconds that it may compute. */
  readonly computeMs: number;
  /** Milliseconds of CPU that the run has left. */
  readonly cpuMs: number;
  /** Milliseconds until the run's time is over. */
  readonly timeMs: number;
  /** Bytes that it may put out. */
  readonly outputBytes: number;
  /** Bytes that the host may still keep for it, its suspended guest apart. */
  readonly keptBytes: number;
}

/** A step of a run: from its start, or an answer, to its next call or its end. */
export interface Step {
  /** No two steps have the same. */
  readonly ticket: number;
  readonly run: number;
  readonly script: number;
  readonly allowance: Allowance;
  /** Null if whoever computes has it already. */
  readonly context: RunContext | null;
  /** Null for a run that begins. */
  readonly from: Continuation | null;
}

/** Where a run goes on. */
export interface Continuation {
  /** All that its guest is. Whoever has these bytes can go on with it. */
  readonly parked: DetachedFiber;
  /** MessagePack, for the guest. */
  readonly answer: Uint8Array;
  /** What the answer names. */
  readonly values: readonly NamedValue[];
}

/** How a step ended, and what it took. */
export interface StepEnd {
  readonly ticket: number;
  /** Milliseconds. */
  readonly cpuMs: number;
  /** Size of the guest's memory at the end, which is when it was largest; 0 if there was no guest. */
  readonly memoryBytes: number;
  /** What it has put out. */
  readonly output: Uint8Array;
  /** Numbers of values that it has no more use for. */
  readonly released: readonly number[];
  readonly outcome: StepOutcome;
}

export type StepOutcome = Asked | Refused | Returned | Failed;

/** It waits for a transfer. */
export interface Asked {
  readonly kind: "asked";
  /** The transfer's record, as the plugin's guest has made it. */
  readonly transfer: Uint8Array;
  /** Data of the post, which the record names by their handles. */
  readonly data: readonly PostedData[];
  readonly parked: DetachedFiber;
}

/** It has made a call that no transfer comes of: a mistake. */
export interface Refused {
  readonly kind: "refused";
  readonly answer: Uint8Array;
  /** The id that the script gave; empty if it gave no text. */
  readonly id: string;
  readonly parked: DetachedFiber;
}

/** Its entry has returned. */
export interface Returned {
  readonly kind: "returned";
  readonly result: number | bigint | undefined;
}

/** Its guest was ended. */
export interface Failed {
  readonly kind: "failed";
  readonly error: unknown;
  /** Whether it had been refused memory. */
  readonly isStarved: boolean;
}
