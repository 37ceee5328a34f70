import type { Timer } from "../../lifetime/clock.ts";

/** A timer of a test's clock. */
export class TestTimer implements Timer {
  readonly at: number;
  readonly fire: () => void;

  constructor(at: number, fire: () => void) {
    this.at = at;
    this.fire = fire;
  }

  /** Nothing waits for it anyway. */
  unref(): this {
    return this;
  }
}

/** Timers in the order in which they fire. */
export class TimerList {
  readonly #timers: TestTimer[] = [];

  get length(): number {
    return this.#timers.length;
  }

  get first(): TestTimer | undefined {
    return this.#timers[0];
  }

  /** Behind those of the same time. */
  add(timer: TestTimer): void {
    this.#timers.splice(this.#placeAfter(timer.at), 0, timer);
  }

  remove(timer: TestTimer): void {
    for (let at = this.#placeAfter(timer.at) - 1; this.#timers[at]?.at === timer.at; at--) {
      if (this.#timers[at] !== timer) continue;
      this.#timers.splice(at, 1);
      return;
    }
  }

  /** The place behind all timers up to this time. */
  #placeAfter(time: number): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#timers[middle] as TestTimer).at <= time) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
