import { type Clock, REAL_CLOCK, type Timer } from "./clock.ts";

/** The longest time that Node's timers can wait. With a longer time they fire at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Its method is called when the time is over. */
export interface DeadlineOwner {
  onDeadline(): void;
}

/** A time limit, in milliseconds from now. It may be longer than a timer can wait. With Infinity there is no limit. */
export class Deadline {
  readonly #owner: DeadlineOwner;
  readonly #clock: Clock;
  /** What is left behind the present timer; all that is left, while there is no timer. */
  #leftMs: number;
  #timerEndsAt = 0;
  #timer: Timer | undefined;

  constructor(ms: number, owner: DeadlineOwner, clock: Clock = REAL_CLOCK) {
    this.#owner = owner;
    this.#clock = clock;
    this.#leftMs = ms;
    this.#wait();
  }

  /** After this, `onDeadline` is not called. */
  cancel(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#leftMs = Number.POSITIVE_INFINITY;
  }

  /** Time does not count until `resume`. */
  pause(): void {
    this.#clock.clearTimeout(this.#timer);
    if (this.#timer === undefined) return;
    this.#timer = undefined;
    // A timer that is late has not fired yet, but its time is over.
    this.#leftMs += Math.max(1, this.#timerEndsAt - this.#clock.now());
  }

  resume(): void {
    if (this.#timer === undefined) this.#wait();
  }

  #wait(): void {
    if (this.#leftMs === Number.POSITIVE_INFINITY) return;
    // Timers drop fractions. The time is rounded up, so that the timer does not fire too early.
    const stepMs = Math.min(Math.ceil(this.#leftMs), LONGEST_TIMER_MS);
    this.#leftMs -= stepMs;
    this.#timerEndsAt = this.#clock.now() + stepMs;
    this.#timer = this.#clock.setTimeout(elapse, stepMs, this);
  }

  /** @internal */
  elapse(): void {
    if (this.#leftMs > 0) this.#wait();
    else this.#owner.onDeadline();
  }
}

function elapse(deadline: Deadline): void {
  deadline.elapse();
}
