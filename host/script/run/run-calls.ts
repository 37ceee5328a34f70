import type { DoorAnswer } from "../../door/script-answer.ts";
import type { GuestAnswer } from "../../guest/engine/step.ts";
import type { Refused, StepOrigin, Waits } from "../steps/step.ts";
import type { RunCall } from "./run-call.ts";

/** An answer that the guest has not got yet. */
export interface PendingAnswer extends GuestAnswer, DoorAnswer {
  /** Why the call was refused, if it was. */
  readonly refused: Refused | undefined;
  /** Whether it only says that some time has passed. */
  readonly isSleep: boolean;
}

/** What a guest waits for: one of these calls, or any if it is null. */
interface Awaited {
  readonly until: ReadonlySet<number> | null;
  readonly isAnnounced: boolean;
}

const NO_BYTES = new Uint8Array(0);

/** It takes each answer that there is. */
const ANY: Awaited = { until: null, isAnnounced: false };

/** What a step goes on with. */
export interface Answers extends Pick<StepOrigin, "answers" | "open" | "isAnnounced" | "calls"> {
  /** The handles of what the host keeps for the answers. */
  readonly values: readonly number[];
}

/** The calls of a run that its guest still waits for, and the answers that it has not got yet. */
export class RunCalls {
  /** The last call whose answer the guest got, if it was refused. */
  refused: Refused | undefined;
  /** How often an answer was announced, and the guest waited again without taking it. */
  untaken = 0;
  #awaited = ANY;
  readonly #open = new Map<number, RunCall>();
  /** Those that the present step goes on with. If its worker is lost, another one gets the same. */
  #given: readonly PendingAnswer[] = [];
  /** By the numbers of their calls, because a guest may give up thousands of calls in one step. */
  #waiting = new Map<number, PendingAnswer>();
  /** Those that the last step has got. */
  #got: readonly PendingAnswer[] = [];
  /** The same by their numbers, if the guest has given up a call since then. */
  #gotByNumber: ReadonlyMap<number, PendingAnswer> | undefined;
  #transfers = 0;

  /** How many have no answer. */
  get open(): number {
    return this.#open.size;
  }

  /** How many calls that are no mere sleep have an answer that was not taken, or will get one. */
  get transfers(): number {
    return this.#transfers;
  }

  /** How many mere sleeps are the same. */
  get sleeps(): number {
    return this.#open.size + this.#waiting.size + this.#given.length - this.#transfers;
  }

  /** Whether there are answers for the next step. */
  get hasAnswers(): boolean {
    return this.#firstAwaited() !== undefined;
  }

  /** What the guest waits for from now on. */
  await({ until, isAnnounced }: Pick<Waits, "until" | "isAnnounced">): void {
    this.#awaited = until === null ? ANY : { until: new Set(until), isAnnounced };
  }

  add(call: RunCall): void {
    this.#open.set(call.number, call);
    if (!call.isSleep) this.#transfers++;
  }

  /** A call has its answer. False if nobody wants it. */
  answer(call: RunCall, answer: DoorAnswer): boolean {
    if (this.#open.get(call.number) !== call) return false;
    this.#open.delete(call.number);
    const { number, refused, isSleep } = call;
    this.#waiting.set(number, { ...answer, number, refused, isSleep });
    return true;
  }

  /** The guest does not want the answer to a call. @returns The answer, if it was there already */
  cancel(number: number): PendingAnswer | undefined {
    const call = this.#open.get(number);
    const waiting = this.#waiting.get(number);
    if ((call ?? waiting)?.isSleep === false) this.#transfers--;
    this.#open.delete(number);
    this.#waiting.delete(number);
    call?.cancel();
    if (waiting !== undefined) return waiting;
    // It was with another one, after which the guest did not want it any more.
    this.#gotByNumber ??= new Map(this.#got.map((got) => [got.number, got]));
    const got = this.#gotByNumber.get(number);
    return got && { ...got, bytes: NO_BYTES };
  }

  /** A step begins, or begins again. */
  give(): Answers {
    if (this.#given.length === 0) this.#choose();
    const values = this.#given.flatMap((pending) => pending.values);
    const { isAnnounced } = this.#awaited;
    // A call whose answer is only announced is as good as one without.
    const open = this.#open.size + this.#waiting.size + (isAnnounced ? 1 : 0);
    return { answers: this.#given, open, isAnnounced, calls: this.#numbers(), values };
  }

  /**
   * The step has ended, and the guest has got what it was given.
   *
   * @param hasTaken Whether it has taken an answer that was only announced
   * @returns The bytes of the answers that it has got
   */
  taken(hasTaken: boolean): number {
    const given = this.#given;
    this.#given = [];
    this.#got = given;
    this.#gotByNumber = undefined;
    for (const { refused } of given) this.refused = refused ?? this.refused;
    if (this.#awaited.isAnnounced && !hasTaken) {
      this.untaken += given.length;
      this.#putBack(given);
      return 0;
    }
    for (const { isSleep } of given) if (!isSleep) this.#transfers--;
    return given.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** All answers that there are, or the first one of those for which the guest waits. */
  #choose(): void {
    if (this.#awaited.until === null) {
      this.#given = [...this.#waiting.values()];
      this.#waiting.clear();
      return;
    }
    const first = this.#firstAwaited();
    if (first === undefined) return;
    this.#given = [first];
    this.#waiting.delete(first.number);
  }

  #firstAwaited(): PendingAnswer | undefined {
    for (const pending of this.#waiting.values()) if (this.#isAwaited(pending)) return pending;
    return undefined;
  }

  /** Before those that came later. */
  #putBack(given: readonly PendingAnswer[]): void {
    const later = [...this.#waiting];
    this.#waiting.clear();
    for (const pending of given) this.#waiting.set(pending.number, pending);
    for (const [number, pending] of later) this.#waiting.set(number, pending);
  }

  #isAwaited({ number }: PendingAnswer): boolean {
    const { until } = this.#awaited;
    return until === null || until.has(number);
  }

  /** Of all calls for whose answers the guest may wait, if it waits for one at a time. */
  #numbers(): number[] {
    const { until, isAnnounced } = this.#awaited;
    if (until === null) return [];
    const announced = isAnnounced ? this.#given : [];
    return [...this.#open.keys(), ...this.#waiting.keys(), ...announced.map(({ number }) => number)];
  }

  /** The run is over. */
  clear(): void {
    for (const call of this.#open.values()) call.cancel();
    this.#open.clear();
    this.#given = [];
    this.#got = [];
    this.#gotByNumber = undefined;
    this.#waiting.clear();
    this.#transfers = 0;
  }
}
