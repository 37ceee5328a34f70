import type { DetachedFiber } from "../../guest/engine/instance.ts";
import type { GuestAnswer } from "../../guest/engine/step.ts";
import type { PostedData } from "../../guest/wire/script-request.ts";
import type { LongBytes, PagedBytes } from "../pages/paged-bytes.ts";

/** A value that a run may name. A value that cannot go to another thread stays with the books: the guest knows its size. */
export interface NamedValue {
  readonly number: number;
  /** An EXT_ number. */
  readonly type: number;
  /** In bytes; -1 if it is not known. */
  readonly size: number;
  /** The name under which it was granted; null if it came in an answer. */
  readonly name: string | null;
  /** Its content, if the guest may read it. */
  readonly bytes: LongBytes | null;
}

/** A text in pages, as UTF-8. */
export interface LongText {
  readonly text: PagedBytes;
}

/** An argument of a run. */
export type Argument = string | LongBytes | LongText;

/** A suspended guest. */
export interface SuspendedGuest extends Omit<DetachedFiber, "bytes"> {
  readonly bytes: LongBytes;
}

/** What the guest of a run can use besides its own memory. */
export interface RunContext {
  /** The export with which the run began. The guest is rewound through it. */
  readonly entry: string;
  readonly args: readonly Argument[];
  readonly values: readonly NamedValue[];
}

/** What one step may use. */
export interface Allowance {
  /** Milliseconds that it may compute. */
  readonly computeMs: number;
  /** Milliseconds of CPU time that the run has left. */
  readonly cpuMs: number;
  /** Milliseconds until the run's `timeout` has passed. */
  readonly timeMs: number;
  /** Bytes of output that it may still make. */
  readonly outputBytes: number;
  /** Bytes that the host may still keep for it, without its suspended guest. */
  readonly keptBytes: number;
  /** Calls that it may still make. */
  readonly requests: number;
  /** Calls that it has made. */
  readonly made: number;
  /** Milliseconds since 1970, if a test says what time it is; else NaN. */
  readonly date: number;
  /** What its randomness follows from, in a test that wants the same each time; else NaN. */
  readonly seed: number;
}

/** A step of a run: from its start, or an answer, to its next call or its end. */
export interface Step {
  /** Different for all steps of a worker. */
  readonly ticket: number;
  readonly run: number;
  readonly script: number;
  readonly allowance: Allowance;
  /** Null if the worker has it already. */
  readonly context: RunContext | null;
  /** Null if the run begins. */
  readonly from: StepOrigin | null;
}

/** Where a run goes on. Its bytes are the whole guest, so any worker can go on with them. */
export interface StepOrigin {
  readonly parked: SuspendedGuest;
  readonly answers: readonly GuestAnswer[];
  /** How many of its calls have no answer yet. */
  readonly open: number;
  /** Whether its guest only learns that there is an answer. It may take it in this step, or later. */
  readonly isAnnounced: boolean;
  /** The numbers of all calls whose answers it has not taken; empty if it takes each answer that there is. */
  readonly calls: readonly number[];
  /** The values that the answers name. */
  readonly values: readonly NamedValue[];
}

/** How a step ended, and what it has used. */
export interface StepEnd {
  readonly ticket: number;
  /** CPU time in milliseconds. */
  readonly cpuMs: number;
  /** Size of the guest's memory at the end, which is when it was largest; 0 if there was no guest. */
  readonly memoryBytes: number;
  /** Its output. */
  readonly output: LongBytes;
  /** Numbers of values that it has released. */
  readonly released: readonly number[];
  /** Whether it has taken the answer that was announced. */
  readonly hasTaken: boolean;
  readonly outcome: StepOutcome;
}

export type StepOutcome = Waits | Returned | Failed;

/** The guest waits. */
export interface Waits {
  readonly kind: "waits";
  /** The calls that it has made. */
  readonly calls: readonly GuestCall[];
  /** The numbers of earlier calls whose answers it does not want any more. */
  readonly cancelled: readonly number[];
  /** The numbers of the calls of which it wants one answer, the first; null if it takes each answer that there is. */
  readonly until: readonly number[] | null;
  /** Whether it wants to learn only which of them it is. */
  readonly isAnnounced: boolean;
  readonly parked: SuspendedGuest;
}

/** One call of a guest. Its number is the guest's own: the answer has the same. */
export type GuestCall = Asked | Refused | Sleep;

/** A transfer. */
export interface Asked {
  readonly kind: "asked";
  readonly number: number;
  /** The transfer's record, as the plugin's guest has made it. */
  readonly transfer: Uint8Array;
  /** Data of the post, which the record names by their handles. */
  readonly data: readonly PostedData<LongBytes>[];
}

/** A call that was refused, because it was a mistake. */
export interface Refused {
  readonly kind: "refused";
  readonly number: number;
  readonly answer: Uint8Array;
  /** The id that the script gave; empty if it gave no text. */
  readonly id: string;
}

/** A call that is answered after some time. */
export interface Sleep {
  readonly kind: "sleep";
  readonly number: number;
  /** Milliseconds. */
  readonly ms: number;
}

/** The return value of an entry; undefined if it has none. Of JavaScript, it is what `ResultReader` reads. */
export type EntryResult = number | bigint | Uint8Array | undefined;

/** The entry has returned. */
export interface Returned {
  readonly kind: "returned";
  readonly result: EntryResult;
}

/** The guest was ended by an error. */
export interface Failed {
  readonly kind: "failed";
  readonly error: unknown;
  /** Whether the guest was refused memory before. */
  readonly isStarved: boolean;
}
