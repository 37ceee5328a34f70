import { types } from "node:util";
import { refuseUnknownOptions } from "../../api/config.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import type { Clock, Timer } from "../../lifetime/clock.ts";
import { type Activity, settle } from "./settle.ts";
import { TestTimer, TimerList } from "./timer-list.ts";

/** When the time of a clock begins, unless it is told otherwise. */
const BEGINNING = Date.UTC(2000, 0, 1);

/** A clock that stands still until a test moves it. Several plugins may have the same one. */
export interface TestClock {
  /** Milliseconds since the clock was made. */
  now(): number;
  /** The date and the time of day. Signatures have it. */
  date(): Date;
  /**
   * Moves the time forward. On the way, each time limit and each delay ends at its time, and what follows from it happens
   * before the time goes on. Resolves when nothing happens any more.
   *
   * @throws HttpBackgroundError BAD_ARGUMENT if it is not a number that is at least 0, or if it is moved already
   */
  advance(ms: number): Promise<void>;
  /**
   * Resolves when so many milliseconds have passed on this clock: for functions of fakes and of rules.
   *
   * @throws HttpBackgroundError BAD_ARGUMENT if it is not a number that is at least 0, later
   */
  sleep(ms: number): Promise<void>;
  /** How many time limits and delays wait for their time. */
  readonly waiting: number;
}

/** Makes a clock. @param options `date`: the date at which it begins. @default 2000-01-01T00:00:00Z */
export function createTestClock(options: { date?: Date | undefined } = {}): TestClock {
  refuseUnknownOptions(options, ["date"], "BAD_ARGUMENT");
  const { date = new Date(BEGINNING) } = options;
  if (!types.isDate(date) || Number.isNaN(date.getTime())) throw bad("date", "must be a Date");
  return new MovedClock(date.getTime());
}

/** Its methods are those that the plugin needs, besides those for tests. */
export class MovedClock implements TestClock, Clock, Activity {
  readonly isRunning = false;
  count = 0;
  readonly #beginning: number;
  readonly #timers = new TimerList();
  #now = 0;
  #busy = 0;
  #isMoving = false;

  constructor(beginning: number) {
    this.#beginning = beginning;
  }

  get isBusy(): boolean {
    return this.#busy > 0;
  }

  get waiting(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#beginning + this.#now);
  }

  setTimeout<T>(fire: (value: T) => void, ms: number, value: T): Timer {
    this.count++;
    const timer = new TestTimer(this.#now + Math.max(0, ms), () => fire(value));
    this.#timers.add(timer);
    return timer;
  }

  clearTimeout(timer: Timer | undefined): void {
    if (!(timer instanceof TestTimer)) return;
    this.count++;
    this.#timers.remove(timer);
  }

  /** Something that takes real time has begun or ended. */
  work(change: 1 | -1): void {
    this.count++;
    this.#busy += change;
  }

  async advance(ms: number): Promise<void> {
    checkMs(ms);
    if (this.#isMoving) throw bad("ms", "the clock is being moved: await advance before the next one");
    this.#isMoving = true;
    try {
      await this.#moveTo(this.#now + ms);
    } finally {
      this.#isMoving = false;
    }
  }

  async sleep(ms: number): Promise<void> {
    checkMs(ms);
    return new Promise((resolve) => this.setTimeout(resolve, ms, undefined));
  }

  async #moveTo(end: number): Promise<void> {
    await settle(this);
    for (let next = this.#timers.first; next !== undefined && next.at <= end; next = this.#timers.first) {
      this.#now = next.at;
      this.#timers.remove(next);
      next.fire();
      await settle(this);
    }
    this.#now = end;
  }
}

function checkMs(ms: unknown): void {
  if (!(typeof ms === "number" && ms >= 0 && Number.isFinite(ms)))
    throw bad("ms", "must be a number of milliseconds that is at least 0");
}

function bad(option: string, why: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", `${option}: ${why}`, { option });
}
