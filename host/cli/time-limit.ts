import { Mistake } from "./command.ts";

/** How long a command may take, from now on, with all that it reads. */
export class TimeLimit {
  /** Aborts when the time is over; undefined without a limit. */
  readonly signal: AbortSignal | undefined;
  readonly #endsAt: number;

  /** @param ms 0 is no limit */
  constructor(ms: number) {
    this.#endsAt = performance.now() + ms;
    this.signal = ms > 0 ? AbortSignal.timeout(Math.min(ms, LONGEST_MS)) : undefined;
  }

  /** Milliseconds that are left, more than 0; undefined without a limit. */
  get leftMs(): number | undefined {
    return this.signal === undefined ? undefined : Math.max(1, this.#endsAt - performance.now());
  }
}

/** The longest time of a timer. */
const LONGEST_MS = 2 ** 31 - 1;

/** Seconds, with fractions. @throws Mistake which names the flag */
export function readSeconds(flag: string, text: string | undefined): number {
  if (text === undefined) return 0;
  const seconds = Number(text);
  if (text.trim() !== "" && seconds >= 0) return seconds;
  throw new Mistake(`${flag}: it takes a number of seconds, not "${text}"`);
}
