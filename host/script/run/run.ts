import type { HttpBackgroundError } from "../../api/errors.ts";
import type { Abortable } from "../../lifetime/abort-watch.ts";
import type { DeadlineOwner } from "../../lifetime/deadline.ts";
import { ScriptError } from "../blame/errors.ts";
import {
  heapError,
  isOutOfMemory,
  type LimitName,
  type Limits,
  limitError,
  memoryError,
  outOfMemory,
} from "../blame/limits.ts";
import type {
  Allowance,
  EntryResult,
  Failed,
  Refused,
  RunContext,
  StepEnd,
  StepOrigin,
  SuspendedGuest,
  Waits,
} from "../steps/step.ts";
import type { ComputedRun, Loss, ReadPages } from "../workers/computing.ts";
import { type CallingOwner, CallingRun, type CallPlace } from "./calling-run.ts";
import type { FailedRun } from "./rejection.ts";
import type { AccountOwner } from "./run-account.ts";
import { RunBooks, type RunOrigin } from "./run-books.ts";
import { tellFailure, tellOutput, tellResult } from "./run-caller.ts";
import { publishStart } from "./run-events.ts";
import type { RunParts } from "./run-parts.ts";
import type { Place, QueuedRun } from "./run-queue.ts";
import { readValue } from "./script-value.ts";

/** The owner of a run, which starts and ends it. */
export interface RunOwner extends RunOrigin, CallPlace {
  /** Lets its guest go on. */
  submit(run: ComputedRun): void;
  /** The mistake of a call that was refused, if it was one. */
  explain(refused: Pick<Refused, "answer" | "id">): HttpBackgroundError | undefined;
  /** The error with which a run rejects whose guest has failed. */
  rejectionOf(failure: Failed, run: FailedRun): unknown;
  /** Called once, when the run is over. */
  onEnd(run: Run): void;
}

const LOSSES: Readonly<Record<Exclude<Loss, "silent" | "memory">, string>> = {
  died: "the script trapped: the worker that computed for it died, twice",
  unstarted: "the script was not computed: no script worker could start",
};

/** One run of a script, from the call of `run` on: when it begins, its steps, and how it ends. */
export class Run
  implements QueuedRun, DeadlineOwner, Abortable, ComputedRun, AccountOwner, CallingOwner, FailedRun
{
  readonly books: RunBooks;
  place: Place | undefined;
  readonly #owner: RunOwner;
  readonly #calling: CallingRun;

  constructor(owner: RunOwner, parts: RunParts) {
    this.#owner = owner;
    this.books = new RunBooks(owner, parts, this);
    this.#calling = new CallingRun(this.books, owner, this);
  }

  get number(): number {
    return this.books.number;
  }

  get script(): number {
    return this.books.script;
  }

  get limits(): Limits {
    return this.books.account.limits;
  }

  get pages(): ReadPages {
    return this.books.holdings.pages;
  }

  get outputBytes(): number {
    return this.books.output.size;
  }

  /** Whether there is memory for it to begin. */
  get hasRoom(): boolean {
    return this.#owner.memory.budget.mayEnter(this.#owner.memory);
  }

  /** Whether it waits for a reply. */
  get isWaiting(): boolean {
    return this.#calling.isWaiting;
  }

  /** The last mistake that the script was told of. */
  get mistake(): HttpBackgroundError | undefined {
    const { refused } = this.books.calls;
    return refused && this.#owner.explain(refused);
  }

  /** Tells subscribers that there is this run. They may end it. */
  announce(): void {
    publishStart(this.books);
  }

  enter(): void {
    const { account, holdings } = this.books;
    account.open();
    if (this.#tryToKeep(() => holdings.keepArguments())) this.#calling.goOn();
  }

  submit(): void {
    this.#owner.submit(this);
  }

  context(): RunContext {
    return this.books.context();
  }

  allowance(): Allowance {
    return this.books.allowance();
  }

  continuation(): StepOrigin | null {
    return this.books.continuation();
  }

  onStep(end: StepEnd): void {
    if (this.books.isOver) return;
    try {
      this.#take(end);
    } catch (error) {
      // For example because there is no memory for its output. Steps of other runs come after this one.
      this.end(isOutOfMemory(error) ? outOfMemory(error) : error);
    }
  }

  onLost(how: Loss): void {
    if (how === "silent") this.onExceeded("computeMs");
    else if (how === "memory") this.end(outOfMemory(undefined));
    else this.end(new ScriptError("SCRIPT_TRAPPED", LOSSES[how]));
  }

  onExceeded(limit: LimitName): void {
    this.end(limitError(limit, this.limits[limit]));
  }

  onLoss(most: number): void {
    this.end(memoryError(most));
  }

  onHeapLoss(most: number): void {
    this.end(heapError(most));
  }

  onDeadline(): void {
    this.onExceeded("timeout");
  }

  onAbort(reason: unknown): void {
    this.end(reason);
  }

  /** Ends the run at once, in any phase. It is never resumed, and its memory and its socket are gone. */
  end(reason: unknown): void {
    if (!this.books.isOver) this.#reject(reason);
  }

  #take(end: StepEnd): void {
    const { outcome } = end;
    if (!this.books.enter(end)) return;
    if (outcome.kind === "returned") this.#resolve(outcome.result);
    else if (outcome.kind === "failed") this.#reject(this.#owner.rejectionOf(outcome, this));
    else if (this.#park(outcome.parked) && this.#mayWait(outcome) && this.#tellOutputOrEnd())
      this.#calling.wait(outcome);
  }

  #park(parked: SuspendedGuest): boolean {
    const { account, holdings } = this.books;
    const isKept = this.#tryToKeep(() => holdings.park(parked));
    if (isKept) account.settle();
    return isKept;
  }

  /** False if that has ended the run, for example because there was no memory for it. */
  #tryToKeep(keep: () => boolean): boolean {
    try {
      return keep();
    } catch (error) {
      this.end(outOfMemory(error));
      return false;
    }
  }

  /** Whether these calls are allowed. If not, it ends the run. */
  #mayWait({ calls }: Waits): boolean {
    const { isLate, account, calls: made } = this.books;
    return isLate ? account.exceed("timeout") : account.onAsk(calls, made.untaken);
  }

  /** Tells the caller what the script has put out. False if that ended the run. */
  #tellOutputOrEnd(): boolean {
    const failure = tellOutput(this.books);
    if (failure !== undefined) this.end(failure.reason);
    return !this.books.isOver;
  }

  #resolve(result: EntryResult): void {
    if (this.books.isLate) {
      this.onExceeded("timeout");
      return;
    }
    const value = readValue(result);
    this.#close();
    tellResult(this.books, value);
    this.books.forget();
  }

  #reject(reason: unknown): void {
    this.#close();
    tellFailure(this.books, reason);
    this.books.forget();
  }

  #close(): void {
    this.books.close();
    this.#owner.onEnd(this);
  }
}
