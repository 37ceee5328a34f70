import { type DoorAnswer, type HeadPlace, plainAnswer } from "../../door/script-answer.ts";
import type { OpenRules, ScriptRun } from "../../door/script-call.ts";
import type { OpenDoor } from "../../door/script-door.ts";
import { cpuTime } from "../../guest/engine/cpu-time.ts";
import type { Handles } from "../../guest/wire/handles.ts";
import type { Clock } from "../../lifetime/clock.ts";
import type { GuestCall, Waits } from "../steps/step.ts";
import type { RunAccount } from "./run-account.ts";
import type { RunBooks } from "./run-books.ts";
import { type CallOwner, RunCall } from "./run-call.ts";
import type { RunHoldings } from "./run-holdings.ts";

/** Where the calls of a run go. */
export interface CallPlace extends Pick<OpenDoor, "perform"> {
  /** How the guest learns the headers of responses. */
  readonly headPlace: HeadPlace;
}

/** The run that calls. */
export interface CallingOwner {
  /** Has the next step computed. */
  submit(): void;
  end(reason: unknown): void;
}

/** A run, as its calls know it: it makes them between two steps, and goes on when there are answers. */
export class CallingRun implements ScriptRun, CallOwner {
  readonly #books: RunBooks;
  readonly #place: CallPlace;
  readonly #run: CallingOwner;
  /** Whether its guest computes, or is about to. */
  #isComputing = false;
  /** How many of its calls wait for the host, which may take its time. */
  #pauses = 0;

  constructor(books: RunBooks, place: CallPlace, run: CallingOwner) {
    this.#books = books;
    this.#place = place;
    this.#run = run;
  }

  get number(): number {
    return this.#books.number;
  }

  get script(): number {
    return this.#books.script;
  }

  get tenant(): string | undefined {
    return this.#books.tenant;
  }

  get rules(): OpenRules | undefined {
    return this.#books.parts.rules;
  }

  get headPlace(): HeadPlace {
    return this.#place.headPlace;
  }

  get handles(): Handles {
    return this.#books.holdings.handles;
  }

  get account(): RunAccount {
    return this.#books.account;
  }

  get holdings(): RunHoldings {
    return this.#books.holdings;
  }

  get clock(): Clock {
    return this.#books.clock;
  }

  /** Whether it waits for a reply. */
  get isWaiting(): boolean {
    return !this.#isComputing && this.#books.calls.open > 0;
  }

  end(reason: unknown): void {
    this.#run.end(reason);
  }

  pauseTime(): void {
    this.#pauses++;
    this.#setTime();
  }

  resumeTime(): void {
    this.#pauses--;
    this.#setTime();
  }

  /** Lets its guest begin, or go on. */
  goOn(): void {
    this.#isComputing = true;
    this.#setTime();
    this.#run.submit();
  }

  /** Makes the calls of its guest, and lets it go on if there are answers already. */
  wait(waits: Waits): void {
    const { calls, usage, account } = this.#books;
    calls.await(waits);
    for (const number of waits.cancelled) this.#cancel(number);
    const startedAt = performance.now();
    const cpuStartedAt = cpuTime();
    for (const call of waits.calls) {
      this.#make(call);
      if (this.#books.isOver) return;
    }
    // The application's thread computed for the run in this time. Time in which other processes had the CPU is free.
    usage.cpuMs += Math.min(performance.now() - startedAt, cpuTime() - cpuStartedAt);
    this.#isComputing = false;
    this.#setTime();
    if (!account.onWait(calls)) return;
    if (calls.hasAnswers) this.goOn();
    else usage.waits++;
  }

  onAnswer(call: RunCall, answer: DoorAnswer): void {
    const { isOver, calls, holdings, account } = this.#books;
    if (isOver) return;
    const isWanted = calls.answer(call, answer);
    if (!holdings.keepValues(answer.values, isWanted)) return;
    if (!isWanted || !account.keep(answer.bytes.length) || this.#isComputing) return;
    if (calls.hasAnswers) this.goOn();
    else this.#setTime();
  }

  #cancel(number: number): void {
    const { calls, account, holdings } = this.#books;
    const dropped = calls.cancel(number);
    if (dropped === undefined) return;
    account.give(dropped.bytes.length);
    for (const value of dropped.values) holdings.release(value);
  }

  #make(asked: GuestCall): void {
    const { calls, scope } = this.#books;
    const call = new RunCall(asked.number, this, asked.kind === "sleep");
    calls.add(call);
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
        scope.runInAsyncScope(() => this.#place.perform(asked, this, call, (answer) => call.answer(answer)));
    }
  }

  /** Its time stands still while its guest waits, and all its calls wait for the host. */
  #setTime(): void {
    const { isOver, time, calls } = this.#books;
    if (isOver) return;
    time.isStopped = !this.#isComputing && this.#pauses > 0 && this.#pauses >= calls.open;
  }
}
