import type { GuestAnswer } from "../../guest/engine/step.ts";
import type { DoorAnswer } from "../../script-door.ts";
import type { Refused, StepOrigin, Waits } from "../steps/step.ts";
import type { RunCall } from "./run-call.ts";

/** An answer that the guest has not got yet. */
export interface PendingAnswer extends GuestAnswer, DoorAnswer {
  /** Why the call was refused, if it was. */
  readonly refused: Refused | undefined;
}

/** What a guest waits for. */
type Awaited = Pick<Waits, "until" | "isAnnounced">;

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
  #waiting: PendingAnswer[] = [];
  /** Those that the last step has got. */
  #got: readonly PendingAnswer[] = [];

  /** How many have no answer. */
  get open(): number {
    return this.#open.size;
  }

  /** How many calls that are no mere sleep have an answer that was not taken, or will get one. */
  get transfers(): number {
    let count = this.#waiting.length;
    for (const call of this.#open.values()) if (!call.isSleep) count++;
    return count;
  }

  /** Whether there are answers for the next step. */
  get hasAnswers(): boolean {
    return this.#waiting.some((pending) => this.#isAwaited(pending));
  }

  /** What the guest waits for from now on. */
  await({ until, isAnnounced }: Awaited): void {
    this.#awaited = until === null ? ANY : { until, isAnnounced };
  }

  add(call: RunCall): void {
    this.#open.set(call.number, call);
  }

  /** A call has its answer. False if nobody wants it. */
  answer(call: RunCall, answer: DoorAnswer): boolean {
    if (this.#open.get(call.number) !== call) return false;
    this.#open.delete(call.number);
    this.#waiting.push({ ...answer, number: call.number, refused: call.refused });
    return true;
  }

  /** The guest does not want the answer to a call. @returns The answer, if it was there already */
  cancel(number: number): PendingAnswer | undefined {
    const call = this.#open.get(number);
    this.#open.delete(number);
    call?.cancel();
    const place = this.#waiting.findIndex((pending) => pending.number === number);
    if (place !== -1) return this.#waiting.splice(place, 1)[0];
    // It was with another one, after which the guest did not want it any more.
    const got = this.#got.find((pending) => pending.number === number);
    return got && { ...got, bytes: NO_BYTES };
  }

  /** A step begins, or begins again. */
  give(): Answers {
    if (this.#given.length === 0) this.#choose();
    const values = this.#given.flatMap((pending) => pending.values);
    const { isAnnounced } = this.#awaited;
    // A call whose answer is only announced is as good as one without.
    const open = this.#open.size + this.#waiting.length + (isAnnounced ? 1 : 0);
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
    for (const { refused } of given) this.refused = refused ?? this.refused;
    if (this.#awaited.isAnnounced && !hasTaken) {
      this.untaken += given.length;
      this.#waiting.unshift(...given);
      return 0;
    }
    return given.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** All answers that there are, or the first one of those for which the guest waits. */
  #choose(): void {
    if (this.#awaited.until === null) {
      this.#given = this.#waiting;
      this.#waiting = [];
    } else {
      const place = this.#waiting.findIndex((pending) => this.#isAwaited(pending));
      if (place !== -1) this.#given = this.#waiting.splice(place, 1);
    }
  }

  #isAwaited({ number }: PendingAnswer): boolean {
    const { until } = this.#awaited;
    return until === null || until.includes(number);
  }

  /** Of all calls for whose answers the guest may wait, if it waits for one at a time. */
  #numbers(): number[] {
    const { until, isAnnounced } = this.#awaited;
    if (until === null) return [];
    const announced = isAnnounced ? this.#given : [];
    return [...this.#open.keys(), ...[...this.#waiting, ...announced].map(({ number }) => number)];
  }

  /** The run is over. */
  clear(): void {
    for (const call of this.#open.values()) call.cancel();
    this.#open.clear();
    this.#given = [];
    this.#got = [];
    this.#waiting = [];
  }
}
