import type { HttpBackgroundError } from "../../api/errors.ts";
import { cpuTime } from "../../guest/engine/cpu-time.ts";
import { Handles } from "../../guest/wire/handles.ts";
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
import { HeldBytes, type PageStore } from "../pages/page-store.ts";
import { LONG_FROM, type LongBytes } from "../pages/paged-bytes.ts";
import type {
  Allowance,
  Argument,
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
import type { ComputedRun, Loss } from "../workers/computing.ts";
import { KeptAccount } from "./kept-account.ts";
import { MemoryAccount, type MemoryShare } from "./memory-budget.ts";
import { type Nameable, namedValues } from "./named-values.ts";
import { ParkedGuest } from "./parked-guest.ts";
import { type CallOwner, RunCall, SLEEP_SIZE } from "./run-call.ts";
import { RunCalls } from "./run-calls.ts";
import { type ObservedRun, publishEnd, publishStart } from "./run-events.ts";
import { RunOutput } from "./run-output.ts";
import { RunPages, slackOf } from "./run-pages.ts";
import type { RunParts } from "./run-parts.ts";
import type { Place, QueuedRun } from "./run-queue.ts";
import { RunTime } from "./run-time.ts";
import { readValue } from "./script-value.ts";
import { Usage } from "./usage.ts";

/** The owner of a run, which starts and ends it. */
export interface RunOwner {
  /** The script's number. */
  readonly number: number;
  /** The script's name; undefined if it has none. */
  readonly name: string | undefined;
  /** Whether its guest computes in another thread. */
  readonly isElsewhere: boolean;
  /** How its guest learns the headers of responses. */
  readonly headPlace: HeadPlace;
  /** What its runs hold together. */
  readonly memory: MemoryShare;
  /** The memory for what is long. */
  readonly store: PageStore;
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

/** What this thread keeps for a run besides what the run asks for, such as the objects of its books. Bytes. */
const BOOKS_SIZE = 8192;

/** The application gets an output as text and as bytes, which V8 does not collect soon. */
const OUTPUT_COPIES = 2;

let runs = 0;

/** The books of one run of a script, from the call of `run` on: what it was given, what it has used, and how it ends. */
export class Run
  implements ScriptRun, QueuedRun, DeadlineOwner, Abortable, ComputedRun, ObservedRun, CallOwner
{
  readonly number = ++runs;
  readonly parts: RunParts;
  readonly handles = new Handles();
  readonly output: RunOutput;
  readonly usage = new Usage();
  place: Place | undefined;
  readonly scope = captureScope();
  readonly #owner: RunOwner;
  readonly #time: RunTime;
  readonly pages: RunPages;
  readonly #guest: ParkedGuest;
  readonly #memory: MemoryAccount;
  readonly #kept: KeptAccount;
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
    this.#memory = new MemoryAccount(owner.memory, (most) => this.end(memoryError(most)));
    this.#kept = new KeptAccount(parts.limits.keptBytes, this.#memory);
    this.output = new RunOutput(owner.store);
    this.pages = new RunPages(owner.store);
    this.#guest = new ParkedGuest(this.pages);
    this.#chance = owner.newChance();
    parts.grants.addTo(this.handles, this.pages);
    for (const arg of parts.args) if (arg instanceof HeldBytes) this.pages.keep(arg);
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
    return this.#guest.size;
  }

  get receivable(): number {
    return this.parts.limits.bytesReceived - this.usage.bytesReceived;
  }

  /** The last mistake that the script was told of. */
  get mistake(): HttpBackgroundError | undefined {
    return this.#calls.refused && this.#owner.explain(this.#calls.refused);
  }

  /** Tells subscribers that there is this run. They may end it. */
  announce(): void {
    publishStart(this);
  }

  enter(): void {
    this.#memory.open();
    this.#memory.change(BOOKS_SIZE);
    if (this.#keepArguments()) this.#submit();
  }

  context(): RunContext {
    const { entry, args } = this.parts;
    return { entry, args, values: namedValues(this.#nameable, this.handles.numbers()) };
  }

  chargeOf(sent: HeldBytes): number {
    return this.parts.grants.has(sent) ? 0 : sent.length;
  }

  read(bytes: HeldBytes): Iterable<Uint8Array> {
    return this.pages.read(bytes);
  }

  allowance(): Allowance {
    const { computeMs, cpuMs, outputBytes } = this.parts.limits;
    const { clock } = this.#owner;
    return {
      computeMs,
      cpuMs: cpuMs - this.usage.cpuMs,
      // Where time stands still, a step takes none.
      timeMs: clock.isRunning ? this.#time.leftMs : Number.POSITIVE_INFINITY,
      outputBytes: outputBytes - this.output.size,
      keptBytes: this.#kept.left + this.#guest.size,
      requests: this.parts.limits.requests - this.usage.requests,
      made: this.usage.requests,
      date: clock.isRunning ? Number.NaN : clock.date().getTime(),
      seed: this.#chance?.seed() ?? Number.NaN,
    };
  }

  continuation(): StepOrigin | null {
    if (!this.#guest.isParked) return null;
    const given = this.#calls.give();
    const values = namedValues(this.#nameable, given.values);
    for (const { bytes } of values) this.#memory.change(slackOf(bytes));
    return { ...given, parked: this.#guest.read(), values };
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

  #take(end: StepEnd): void {
    const { cpuMs, memoryBytes, output, released, hasTaken, outcome } = end;
    this.give(this.#calls.taken(hasTaken));
    this.usage.addStep(cpuMs, memoryBytes);
    for (const number of released) this.#release(number);
    if (!this.keep(output.length)) return;
    this.#append(output);
    if (outcome.kind === "returned") this.#resolve(outcome.result);
    else if (outcome.kind === "failed") this.#reject(this.#owner.rejectionOf(outcome, this));
    else if (this.#park(outcome.parked) && this.#mayWait(outcome) && this.#tellOutputOrEnd())
      this.#wait(outcome);
  }

  onLost(how: Loss): void {
    if (how === "silent") this.#exceed("computeMs");
    else if (how === "memory") this.end(outOfMemory(undefined));
    else this.end(new ScriptError("SCRIPT_TRAPPED", LOSSES[how]));
  }

  onSend(bytes: number): boolean {
    this.usage.bytesSent += bytes;
    return this.usage.bytesSent <= this.parts.limits.bytesSent || this.#exceed("bytesSent");
  }

  onReceive(bytes: number): boolean {
    this.usage.bytesReceived += bytes;
    return this.usage.bytesReceived <= this.parts.limits.bytesReceived || this.#exceed("bytesReceived");
  }

  onDeadline(): void {
    this.#exceed("timeout");
  }

  onAbort(reason: unknown): void {
    this.end(reason);
  }

  get #nameable(): Nameable {
    const { names } = this.parts.grants;
    return { handles: this.handles, names, pages: this.#owner.isElsewhere ? this.pages : undefined };
  }

  #append(output: LongBytes): void {
    const { slack } = this.output;
    this.output.append(output);
    this.#memory.change(this.output.slack - slack);
  }

  /** Puts long texts into pages, and counts all arguments. False if that ended the run. */
  #keepArguments(): boolean {
    const { args } = this.parts;
    let size = 0;
    try {
      for (const [i, arg] of args.entries()) {
        const bytes = sizeOfArgument(arg);
        size += bytes;
        // A worker has a copy of what is short.
        if (bytes < LONG_FROM) this.#memory.change(this.#owner.isElsewhere ? bytes : 0);
        else if (typeof arg === "string") args[i] = { text: this.pages.putText(arg) };
      }
    } catch (error) {
      this.end(outOfMemory(error));
      return false;
    }
    return this.keep(size);
  }

  /** Whether there was memory for the suspended guest. If not, it ends the run. */
  #park(parked: SuspendedGuest): boolean {
    try {
      this.#kept.give(this.#guest.size);
      this.#memory.change(-this.#guest.slack);
      this.#guest.park(parked);
      this.#memory.change(this.#guest.slack);
      const isKept = this.keep(this.#guest.size);
      this.#memory.settle();
      return isKept;
    } catch (error) {
      this.end(outOfMemory(error));
      return false;
    }
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
    if (this.#calls.transfers > this.parts.limits.concurrentCalls) this.#exceed("concurrentCalls");
    else if (this.#calls.sleeps > this.parts.limits.concurrentTimers) this.#exceed("concurrentTimers");
    else if (this.usage.cpuMs > this.parts.limits.cpuMs) this.#exceed("cpuMs");
    else if (this.#calls.hasAnswers) this.#submit();
    else this.usage.waits++;
  }

  #cancel(number: number): void {
    const dropped = this.#calls.cancel(number);
    if (dropped === undefined) return;
    this.give(dropped.bytes.length);
    for (const value of dropped.values) this.#release(value);
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
        if (call.keep(SLEEP_SIZE)) call.sleep(asked.ms);
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
    for (const value of answer.values) {
      if (!isWanted) this.handles.remove(value);
      else if (!this.keep(this.handles.get(value).size)) return;
    }
    if (!isWanted || !this.keep(answer.bytes.length) || this.#isComputing) return;
    if (this.#calls.hasAnswers) this.#submit();
    else this.#setTime();
  }

  #submit(): void {
    this.#isComputing = true;
    this.#setTime();
    this.#owner.submit(this);
  }

  /** Charges for bytes that the host keeps from now on. If they are too many, it ends the run. */
  keep(bytes: number): boolean {
    return this.#kept.take(bytes) || this.#exceed("keptBytes");
  }

  give(bytes: number): void {
    this.#kept.give(bytes);
  }

  countSlack(bytes: number): void {
    if (!this.#isOver) this.#memory.change(bytes);
  }

  /** Grants do not count, because the application keeps them anyway. */
  #release(number: number): void {
    const handle = this.handles.find(number);
    if (handle !== undefined && !this.parts.grants.names.has(number)) {
      this.#kept.give(handle.size);
      this.#memory.change(-slackOf(handle.value));
      this.pages.release(handle.value);
    }
    this.handles.remove(number);
  }

  /** Whether these calls are allowed. If not, it ends the run. */
  #mayWait({ calls }: Waits): boolean {
    if (this.#time.leftMs < 0) return this.#exceed("timeout");
    for (const { kind } of calls) if (kind !== "sleep") this.usage.requests++;
    // Whoever waits without taking an answer could wait again and again, and each time costs the host something.
    const waits = this.usage.requests + this.#calls.untaken;
    return waits <= this.parts.limits.requests || this.#exceed("requests");
  }

  #exceed(name: LimitName): false {
    this.end(limitError(name, this.parts.limits[name]));
    return false;
  }

  #resolve(result: EntryResult): void {
    if (this.#time.leftMs < 0) {
      this.#exceed("timeout");
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
      reason.output = this.#textOfOutput();
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

  /** Nothing, if there is no memory for it. */
  #textOfOutput(): string {
    try {
      return this.output.text;
    } catch {
      return "";
    }
  }

  #close(): void {
    this.#isOver = true;
    this.#time.end();
    this.#guest.free();
    this.pages.releaseAll();
    countGarbage(this.output.size * OUTPUT_COPIES);
    this.#kept.close();
    this.handles.clear();
    this.#owner.onEnd(this);
  }

  /** Its caller has been told how it ended. */
  #forget(): void {
    this.#calls.clear();
    this.output.free();
  }
}

function sizeOfArgument(arg: Argument): number {
  if (typeof arg === "string") return Buffer.byteLength(arg);
  return "text" in arg ? arg.text.length : arg.length;
}
