/** A timer of a clock. */
export interface Timer {
  /** The process need not wait for it. */
  unref(): unknown;
}

/** Where time comes from. It is that of the machine, but in tests. */
export interface Clock {
  /** Whether its time passes by itself. If not, somebody moves it. */
  readonly isRunning: boolean;
  /** Milliseconds since some moment. They never become less. */
  now(): number;
  /** The date and the time of day. */
  date(): Date;
  /** Calls `fire` with `value`, later. */
  setTimeout<T>(fire: (value: T) => void, ms: number, value: T): Timer;
  clearTimeout(timer: Timer | undefined): void;
}

/** The time of the machine. */
export const REAL_CLOCK: Clock = {
  isRunning: true,
  now: () => performance.now(),
  date: () => new Date(),
  setTimeout: (fire, ms, value) => setTimeout(fire, ms, value),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};
