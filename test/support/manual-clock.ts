import type { Clock, Timer } from "../../host/lifetime/clock.ts";

interface Alarm extends Timer {
  readonly at: number;
  readonly ring: () => void;
  /** Whether a process would wait for it. */
  isHolding: boolean;
}

/** A clock whose time passes when a test says so. */
export class ManualClock implements Clock {
  /** As far as anybody sees. */
  readonly isRunning = true;
  #now = 1_000_000;
  readonly #alarms = new Set<Alarm>();

  now(): number {
    return this.#now;
  }

  date(): Date {
    return new Date(this.#now);
  }

  /** Whether a process would wait for one of the timers. */
  get isHolding(): boolean {
    return [...this.#alarms].some(({ isHolding }) => isHolding);
  }

  get timers(): number {
    return this.#alarms.size;
  }

  setTimeout<T>(fire: (value: T) => void, ms: number, value: T): Timer {
    const alarm: Alarm = {
      at: this.#now + ms,
      ring: () => fire(value),
      isHolding: true,
      unref: () => {
        alarm.isHolding = false;
      },
    };
    this.#alarms.add(alarm);
    return alarm;
  }

  clearTimeout(timer: Timer | undefined): void {
    this.#alarms.delete(timer as Alarm);
  }

  /** Lets time pass. Whatever is due happens in order, with all that follows at once. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let alarm = this.#next(end); alarm !== null; alarm = this.#next(end)) {
      this.#alarms.delete(alarm);
      this.#now = Math.max(this.#now, alarm.at);
      alarm.ring();
      await settle();
    }
    this.#now = end;
  }

  #next(end: number): Alarm | null {
    let next: Alarm | null = null;
    for (const alarm of this.#alarms)
      if (alarm.at <= end && (next === null || alarm.at < next.at)) next = alarm;
    return next;
  }
}

/** Whatever waits for promises that are settled happens now. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
