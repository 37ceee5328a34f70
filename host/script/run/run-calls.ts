import type { GuestAnswer } from "../../guest/engine/step.ts";
import type { DoorAnswer } from "../../script-door.ts";
import type { RunCall } from "./run-call.ts";

/** An answer that the guest has not got yet. */
export interface PendingAnswer extends GuestAnswer {
  readonly content: number | undefined;
}

/** What a step goes on with. */
export interface Answers {
  readonly answers: readonly GuestAnswer[];
  /** How many calls have no answer yet. */
  readonly open: number;
  /** The handles of the contents of the answers. */
  readonly contents: readonly number[];
}

/** The calls of a run that its guest still waits for, and the answers that it has not got yet. */
export class RunCalls {
  readonly #open = new Map<number, RunCall>();
  /** Those that the present step goes on with. If its worker is lost, another one gets the same. */
  #given: readonly PendingAnswer[] = [];
  #waiting: PendingAnswer[] = [];

  /** How many have no answer. */
  get open(): number {
    return this.#open.size;
  }

  /** Whether there are answers for the next step. */
  get hasAnswers(): boolean {
    return this.#waiting.length > 0;
  }

  add(call: RunCall): void {
    this.#open.set(call.number, call);
  }

  /** A call has its answer. False if nobody wants it. */
  answer(call: RunCall, { bytes, content }: DoorAnswer): boolean {
    if (this.#open.get(call.number) !== call) return false;
    this.#open.delete(call.number);
    this.#waiting.push({ number: call.number, bytes, content });
    return true;
  }

  /** The guest does not want the answer to a call. @returns The answer, if it was there already */
  cancel(number: number): PendingAnswer | undefined {
    const call = this.#open.get(number);
    this.#open.delete(number);
    call?.cancel();
    const place = this.#waiting.findIndex((pending) => pending.number === number);
    return place === -1 ? undefined : this.#waiting.splice(place, 1)[0];
  }

  /** A step begins, or begins again. */
  give(): Answers {
    if (this.#given.length === 0) {
      this.#given = this.#waiting;
      this.#waiting = [];
    }
    const contents = this.#given.flatMap(({ content }) => (content === undefined ? [] : [content]));
    return { answers: this.#given, open: this.#open.size + this.#waiting.length, contents };
  }

  /** The guest has got what it was given. @returns The bytes of these answers */
  taken(): number {
    const size = this.#given.reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.#given = [];
    return size;
  }

  /** The run is over. */
  clear(): void {
    for (const call of this.#open.values()) call.cancel();
    this.#open.clear();
    this.#given = [];
    this.#waiting = [];
  }
}
