import type { HttpBackgroundError } from "../../api/errors.ts";
import { cpuTime } from "../../guest/engine/cpu-time.ts";
import type { Handles } from "../../guest/wire/handles.ts";
import type { Abortable } from "../../lifetime/abort-watch.ts";
import { captureScope } from "../../lifetime/async-scope.ts";
import type { Clock } from "../../lifetime/clock.ts";
import type { DeadlineOwner } from "../../lifetime/deadline.ts";
import {
  type DoorAnswer,
  type DoorRequest,
  type HeadPlace,
  type OpenRules,
  plainAnswer,
  type ScriptCall,
  type ScriptRun,
} from "../../script-door.ts";
import type { SeededRandom } from "../../seeded-random.ts";
import { ScriptError } from "../blame/errors.ts";
import { isOutOfMemory, type LimitName, limitError, memoryError, outOfMemory } from "../blame/limits.ts";
import { countGarbage } from "../pages/collector.ts";
import type { LongBytes } from "../pages/paged-bytes.ts";
import type {
  Allowance,
  EntryResult,
  Failed,
  GuestCall,
  Refused,
  RunContext,
  StepEnd,
  StepOrigin,
  SuspendedGuest,
  Waits,
} from "../steps/step.ts";
import type { ComputedRun, Loss, ReadPages } from "../workers/computing.ts";
import { type AccountOwner, RunAccount, type RunShares } from "./run-account.ts";
import { type CallOwner, RunCall } from "./run-call.ts";
import { RunCalls } from "./run-calls.ts";
import { type ObservedRun, publishEnd, publishStart } from "./run-events.ts";
import { type HoldingPlace, RunHoldings } from "./run-holdings.ts";
import { RunOutput } from "./run-output.ts";
import { slackOf } from "./run-pages.ts";
import type { RunParts } from "./run-parts.ts";
import type { Place, QueuedRun } from "./run-queue.ts";
import { RunTime } from "./run-time.ts";
import { readValue } from "./script-value.ts";
import type { Usage } from "./usage.ts";

/** The owner of a run, which starts and ends it. */
export interface RunOwner extends HoldingPlace, RunShares {
  /** The script's number. */
  readonly number: number;
  /** The script's name; undefined if it has none. */
  readonly name: string | undefined;
  /** How its guest learns the headers of responses. */
  readonly headPlace: HeadPlace;
  readonly clock: Clock;
  /** What its randomness follows from, in a test; else undefined. */
  newChance(): SeededRandom | undefined;
  /** Lets its guest go on. */
  submit(run: Run): void;
  /** Makes a transfer that the run asks for. */
  perform(request: DoorRequest, run: Run, call: ScriptCall, onAnswer: (answer: DoorAnswer) => void): void;
  /** The mistake of a call that was refused, if it was one. */
  explain(refused: Pick<Refused, "answer" | "id">): HttpBackgroundError | undefined;
  /** The error with which a run rejects whose guest has failed. */
  rejectionOf(failure: Failed, run: Run): unknown;
  /** Called once, when the run is over. */
  onEnd(run: Run): void;
}

const LOSSES: Readonly<Record<Exclude<Loss, "silent" | "memory">, string>> = {
  died: "the script trapped: the worker that computed for it died, twice",
  unstarted: "the script was not computed: no script worker could start",
};

/** The application gets an output as text and as bytes, which V8 does not collect soon. */
const OUTPUT_COPIES = 2;

let runs = 0;

/** One run of a script, from the call of `run` on: its steps, the calls between them, and how it ends. */
export class Run
  implements ScriptRun, QueuedRun, DeadlineOwner, Abortable, ComputedRun, ObservedRun, CallOwner, AccountOwner
{
  readonly number = ++runs;
  readonly parts: RunParts;
  readonly account: RunAccount;
  readonly holdings: RunHoldings;
  readonly output: RunOutput;
  place: Place | undefined;
  readonly scope = captureScope();
  readonly #owner: RunOwner;
  readonly #time: RunTime;
  readonly #calls = new RunCalls();
  readonly #chance: SeededRandom | undefined;
  /** Whether its guest computes, or is about to. */
  #isComputing = false;
  /** How many of its calls wait for the host, which may take its time. */
  #pauses = 0;
  #isOver = false;

  constructor(owner: RunOwner, parts: RunParts) {
    this.#owner = owner;
    this.parts = parts;
    this.#time = new RunTime(parts.limits.timeout * 1000, this, owner.clock);
    this.account = new RunAccount(parts.limits, owner, this);
    this.output = new RunOutput(owner.store);
    this.holdings = new RunHoldings(parts, this.account, owner);
    this.#chance = owner.newChance();
  }

  get startedAt(): number {
    return this.#time.startedAt;
  }

  get script(): number {
    return this.#owner.number;
  }

  get scriptName(): string | undefined {
    return this.#owner.name;
  }

  get headPlace(): HeadPlace {
    return this.#owner.headPlace;
  }

  get tenant(): string | undefined {
    return this.parts.tenant;
  }

  get rules(): OpenRules | undefined {
    return this.parts.rules;
  }

  get usage(): Usage {
    return this.account.usage;
  }

  get handles(): Handles {
    return this.holdings.handles;
  }

  get pages(): ReadPages {
    return this.holdings.pages;
  }

  get outputBytes(): number {
    return this.output.size;
  }

  get clock(): Clock {
    return this.#owner.clock;
  }

  /** Milliseconds, on the clock of the application. */
  get now(): number {
    return this.#owner.clock.now();
  }

  get entry(): string {
    return this.parts.entry;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether there is memory for it to begin. */
  get hasRoom(): boolean {
    return this.#owner.memory.budget.mayEnter(this.#owner.memory);
  }

  /** Whether it waits for a reply. */
  get isWaiting(): boolean {
    return !this.#isComputing && this.#calls.open > 0;
  }

  /** Bytes of its guest, as it was suspended last. */
  get parkedBytes(): number {
    return this.holdings.parkedBytes;
  }

  /** The last mistake that the script was told of. */
  get mistake(): HttpBackgroundError | undefined {
    return this.#calls.refused && this.#owner.explain(this.#calls.refused);
  }

  pauseTime(): void {
    this.#pauses++;
    this.#setTime();
  }

  resumeTime(): void {
    this.#pauses--;
    this.#setTime();
  }

  /** Its time stands still while its guest waits, and all its calls wait for the host. */
  #setTime(): void {
    if (this.#isOver) return;
    this.#time.isStopped = !this.#isComputing && this.#pauses > 0 && this.#pauses >= this.#calls.open;
  }

  /** Tells subscribers that there is this run. They may end it. */
  announce(): void {
    publishStart(this);
  }

  enter(): void {
    this.account.open();
    if (this.#tryToKeep(() => this.holdings.keepArguments())) this.#submit();
  }

  context(): RunContext {
    const { entry, args } = this.parts;
    return { entry, args, values: this.holdings.named() };
  }

  allowance(): Allowance {
    const { limits, usage, keepable } = this.account;
    const { clock } = this.#owner;
    return {
      computeMs: limits.computeMs,
      cpuMs: limits.cpuMs - usage.cpuMs,
      // Where time stands still, a step takes none.
      timeMs: clock.isRunning ? this.#time.leftMs : Number.POSITIVE_INFINITY,
      outputBytes: limits.outputBytes - this.output.size,
      keptBytes: keepable + this.parkedBytes,
      requests: limits.requests - usage.requests,
      made: usage.requests,
      date: clock.isRunning ? Number.NaN : clock.date().getTime(),
      seed: this.#chance?.seed() ?? Number.NaN,
    };
  }

  continuation(): StepOrigin | null {
    const { parked } = this.holdings;
    if (parked === undefined) return null;
    const given = this.#calls.give();
    const values = this.holdings.named(given.values);
    for (const { bytes } of values) this.account.countBeside(slackOf(bytes));
    return { ...given, parked, values };
  }

  /** Ends the run at once, in any phase. It is never resumed, and its memory and its socket are gone. */
  end(reason: unknown): void {
    if (this.#isOver) return;
    this.#reject(reason);
  }

  onStep(end: StepEnd): void {
    if (this.#isOver) return;
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
    this.end(limitError(limit, this.parts.limits[limit]));
  }

  onLoss(most: number): void {
    this.end(memoryError(most));
  }

  onDeadline(): void {
    this.onExceeded("timeout");
  }

  onAbort(reason: unknown): void {
    this.end(reason);
  }

  #take(end: StepEnd): void {
    const { cpuMs, memoryBytes, output, released, hasTaken, outcome } = end;
    this.account.give(this.#calls.taken(hasTaken));
    this.usage.addStep(cpuMs, memoryBytes);
    for (const number of released) this.holdings.release(number);
    if (!this.account.keep(output.length)) return;
    this.#append(output);
    if (outcome.kind === "returned") this.#resolve(outcome.result);
    else if (outcome.kind === "failed") this.#reject(this.#owner.rejectionOf(outcome, this));
    else if (this.#park(outcome.parked) && this.#mayWait(outcome) && this.#tellOutputOrEnd())
      this.#wait(outcome);
  }

  #append(output: LongBytes): void {
    const { slack } = this.output;
    this.output.append(output);
    this.account.countBeside(this.output.slack - slack);
  }

  #park(parked: SuspendedGuest): boolean {
    const isKept = this.#tryToKeep(() => this.holdings.park(parked));
    if (isKept) this.account.settle();
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
    if (this.#time.leftMs < 0) return this.account.exceed("timeout");
    return this.account.onAsk(calls, this.#calls.untaken);
  }

  /** Tells the caller what the script has put out. False if that ended the run. */
  #tellOutputOrEnd(): boolean {
    const failure = this.#tellOutput();
    if (failure !== undefined) this.end(failure.reason);
    return !this.#isOver;
  }

  /** Makes the calls of its guest, and lets it go on if there are answers already. */
  #wait(waits: Waits): void {
    const { calls, cancelled } = waits;
    this.#calls.await(waits);
    for (const number of cancelled) this.#cancel(number);
    const startedAt = performance.now();
    const cpuStartedAt = cpuTime();
    for (const call of calls) {
      this.#make(call);
      if (this.#isOver) return;
    }
    // The application's thread computed for the run in this time. Time in which other processes had the CPU is free.
    this.usage.cpuMs += Math.min(performance.now() - startedAt, cpuTime() - cpuStartedAt);
    this.#isComputing = false;
    this.#setTime();
    if (!this.account.onWait(this.#calls)) return;
    if (this.#calls.hasAnswers) this.#submit();
    else this.usage.waits++;
  }

  #cancel(number: number): void {
    const dropped = this.#calls.cancel(number);
    if (dropped === undefined) return;
    this.account.give(dropped.bytes.length);
    for (const value of dropped.values) this.holdings.release(value);
  }

  #make(asked: GuestCall): void {
    const call = new RunCall(asked.number, this, asked.kind === "sleep");
    this.#calls.add(call);
    switch (asked.kind) {
      case "refused":
        call.refused = asked;
        call.answer(plainAnswer(asked.answer));
        break;
      case "sleep":
        if (call.keepSleep()) call.sleep(asked.ms);
        break;
      case "asked":
        if (!call.take(asked)) return;
        // The caller of this serves all runs, so it does not have the asynchronous context of this run.
        this.scope.runInAsyncScope(() =>
          this.#owner.perform(asked, this, call, (answer) => call.answer(answer)),
        );
    }
  }

  onAnswer(call: RunCall, answer: DoorAnswer): void {
    if (this.#isOver) return;
    const isWanted = this.#calls.answer(call, answer);
    if (!this.holdings.keepValues(answer.values, isWanted)) return;
    if (!isWanted || !this.account.keep(answer.bytes.length) || this.#isComputing) return;
    if (this.#calls.hasAnswers) this.#submit();
    else this.#setTime();
  }

  #submit(): void {
    this.#isComputing = true;
    this.#setTime();
    this.#owner.submit(this);
  }

  #resolve(result: EntryResult): void {
    if (this.#time.leftMs < 0) {
      this.onExceeded("timeout");
      return;
    }
    const value = readValue(result);
    this.#close();
    const failure = this.#tellOutput();
    publishEnd(this, failure);
    if (failure === undefined) this.parts.resolve(value);
    else this.parts.reject(failure.reason);
    this.#forget();
  }

  #reject(reason: unknown): void {
    this.#close();
    // The first reason counts.
    this.#tellOutput();
    if (reason instanceof ScriptError) {
      reason.output = this.output.textIfThereIsRoom();
      reason.usage = this.usage.copy();
    }
    publishEnd(this, { reason });
    this.parts.reject(reason);
    this.#forget();
  }

  /** Gives the script's new output to the caller. @returns The error that the caller's function has thrown */
  #tellOutput(): { readonly reason: unknown } | undefined {
    const { onOutput } = this.parts;
    if (onOutput === undefined) return undefined;
    try {
      const bytes = this.output.takeNew();
      if (bytes !== undefined) this.scope.runInAsyncScope(onOutput, undefined, bytes);
      return undefined;
    } catch (reason) {
      return { reason };
    }
  }

  #close(): void {
    this.#isOver = true;
    this.#time.end();
    this.holdings.close();
    countGarbage(this.output.size * OUTPUT_COPIES);
    this.account.close();
    this.#owner.onEnd(this);
  }

  /** Its caller has been told how it ended. */
  #forget(): void {
    this.#calls.clear();
    this.output.free();
  }
}
