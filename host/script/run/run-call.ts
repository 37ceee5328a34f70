import { type DoorAnswer, plainAnswer } from "../../door/script-answer.ts";
import type { ScriptCall } from "../../door/script-call.ts";
import { sizeOfData } from "../../guest/wire/script-request.ts";
import type { Clock } from "../../lifetime/clock.ts";
import { Deadline, type DeadlineOwner } from "../../lifetime/deadline.ts";
import { countGarbage } from "../pages/collector.ts";
import { HeldBytes } from "../pages/page-store.ts";
import type { Asked, Refused } from "../steps/step.ts";
import type { RunAccount } from "./run-account.ts";
import type { RunHoldings } from "./run-holdings.ts";
import { slackOf } from "./run-pages.ts";
import { RunSignal } from "./run-signal.ts";

/** What a call uses of the account of its run. */
type RunCallAccount = "receivable" | "keep" | "give" | "countBeside" | "countHeap" | "onSend" | "onReceive";

/** The run that has made a call. */
export interface CallOwner {
  readonly account: Pick<RunAccount, RunCallAccount>;
  readonly holdings: Pick<RunHoldings, "chargeOf" | "read">;
  readonly clock: Clock;
  onAnswer(call: RunCall, answer: DoorAnswer): void;
}

/** What the host needs for a call that is answered after some time. Bytes. */
const SLEEP_SIZE = 1024;

const NO_BYTES = new Uint8Array(0);

/** One call of a run, until it is answered: what the host keeps for it, and how it is ended. */
export class RunCall implements ScriptCall, DeadlineOwner {
  /** The guest's own. */
  readonly number: number;
  /** Whether it is only answered after some time. */
  readonly isSleep: boolean;
  readonly signal = new RunSignal();
  /** Why it was refused, if it was. */
  refused: Refused | undefined;
  readonly #run: CallOwner;
  #kept = 0;
  /** Values in pages that it sends, if any. They stay until it is answered, whatever the run releases. */
  #sent: Set<HeldBytes> | undefined;
  /** Bytes of its own data in pages. */
  #paged = 0;
  /** Bytes that count in the memory of all runs only: of pages that are not needed, and of objects. */
  #beside = 0;
  /** Bytes of objects on the JavaScript heap. */
  #objects = 0;
  #timer: Deadline | undefined;

  constructor(number: number, run: CallOwner, isSleep: boolean) {
    this.number = number;
    this.isSleep = isSleep;
    this.#run = run;
  }

  get receivable(): number {
    return this.#run.account.receivable;
  }

  /** Charges for what is kept until it is answered. False if that is too much: then the run is over. */
  keep(bytes: number): boolean {
    this.#kept += bytes;
    return this.#run.account.keep(bytes);
  }

  /** Charges for a transfer and its data, which stay until it is answered. False if that is too much, as above. */
  take({ transfer, data }: Pick<Asked, "transfer" | "data">): boolean {
    for (const { bytes } of data) {
      if (!(bytes instanceof HeldBytes) || !this.#hold(bytes)) continue;
      this.#paged += bytes.length;
      this.#countBeside(slackOf(bytes));
    }
    return this.keep(transfer.length + sizeOfData(data));
  }

  /** Objects of its transfer, which stay until it is answered. They count as memory, and not against the run's limit. */
  onObjects(bytes: number): void {
    this.#countBeside(bytes);
    this.#countObjects(bytes);
  }

  /** Charges for a call that is only answered after some time. False if that is too much, as above. */
  keepSleep(): boolean {
    this.#countObjects(SLEEP_SIZE);
    return this.keep(SLEEP_SIZE);
  }

  #countBeside(bytes: number): void {
    this.#beside += bytes;
    this.#run.account.countBeside(bytes);
  }

  #countObjects(bytes: number): void {
    this.#objects += bytes;
    this.#run.account.countHeap(bytes);
  }

  partsOf(value: unknown): (() => Iterable<Uint8Array>) | undefined {
    if (!(value instanceof HeldBytes)) return undefined;
    if (this.#hold(value)) this.keep(this.#run.holdings.chargeOf(value));
    return () => this.#read(value);
  }

  /** False if it is held already. */
  #hold(bytes: HeldBytes): boolean {
    this.#sent ??= new Set();
    if (this.#sent.has(bytes)) return false;
    this.#sent.add(bytes.hold());
    return true;
  }

  /** After its answer, the pages may have other bytes, which no socket must get. */
  *#read(bytes: HeldBytes): Generator<Uint8Array> {
    for (const part of this.#run.holdings.read(bytes)) {
      if (!this.#sent?.has(bytes)) throw new Error("the call is over");
      yield part;
    }
  }

  /** Is answered after so many milliseconds. */
  sleep(ms: number): void {
    this.#timer = new Deadline(Math.max(0, ms) || 0, this, this.#run.clock);
  }

  onDeadline(): void {
    this.answer(plainAnswer(NO_BYTES));
  }

  onSend(bytes: number): boolean {
    return this.#run.account.onSend(bytes);
  }

  onReceive(bytes: number): boolean {
    return this.#run.account.onReceive(bytes) && this.keep(bytes);
  }

  answer(answer: DoorAnswer): void {
    this.settle();
    this.#run.onAnswer(this, answer);
  }

  /** Nothing is kept for it any more. */
  settle(): void {
    this.#run.account.give(this.#kept);
    this.#run.account.countBeside(-this.#beside);
    this.#run.account.countHeap(-this.#objects);
    countGarbage(this.#kept - this.#paged);
    this.#kept = this.#paged = this.#beside = this.#objects = 0;
    for (const bytes of this.#sent ?? []) bytes.release();
    this.#sent = undefined;
  }

  /** Nobody wants its answer. */
  cancel(): void {
    this.#timer?.cancel();
    this.settle();
    this.signal.abort();
  }
}
