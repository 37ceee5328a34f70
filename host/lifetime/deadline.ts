/** What Node's timers can hold: anything above fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Who is told that the time is up. */
export interface DeadlineOwner {
  onDeadline(): void;
}

/** A point in time, however far, in milliseconds from now. Infinity never comes. */
export class Deadline {
  readonly #owner: DeadlineOwner;
  #leftMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, owner: DeadlineOwner) {
    this.#owner = owner;
    this.#leftMs = ms;
    this.#wait();
  }

  /** Nobody is told any more. */
  cancel(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    if (this.#leftMs === Number.POSITIVE_INFINITY) return;
    // Timers drop fractions: not before the time is up.
    const stepMs = Math.min(Math.ceil(this.#leftMs), LONGEST_TIMER_MS);
    this.#leftMs -= stepMs;
    this.#timer = setTimeout(elapse, stepMs, this);
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
