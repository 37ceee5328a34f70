/** What Node's timers can hold: anything above fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Who is told that the time is up. */
export interface Waiter {
  onDeadline(): void;
}

/** A point in time, however far, in milliseconds from now. */
export class Deadline {
  readonly #waiter: Waiter;
  #leftMs: number;
  #timer: NodeJS.Timeout;

  constructor(ms: number, waiter: Waiter) {
    this.#waiter = waiter;
    this.#leftMs = ms;
    this.#timer = this.#wait();
  }

  /** Nobody is told any more. */
  cancel(): void {
    clearTimeout(this.#timer);
  }

  #wait(): NodeJS.Timeout {
    const stepMs = Math.min(this.#leftMs, LONGEST_TIMER_MS);
    this.#leftMs -= stepMs;
    return setTimeout(elapse, stepMs, this);
  }

  /** @internal */
  elapse(): void {
    if (this.#leftMs > 0) this.#timer = this.#wait();
    else this.#waiter.onDeadline();
  }
}

function elapse(deadline: Deadline): void {
  deadline.elapse();
}
