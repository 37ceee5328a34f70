import { refuseUnseen } from "../../api/refusal.ts";
import { LONGEST_TIMER_MS } from "../../lifetime/deadline.ts";

/** Milliseconds of a time limit in seconds. @throws HttpBackgroundError BAD_CONFIG */
export function readSeconds(given: unknown, option: string, byDefault: number): number {
  const seconds = given === undefined ? byDefault : given;
  const ms = typeof seconds === "number" ? Math.ceil(seconds * 1000) : Number.NaN;
  if (ms > 0 && ms <= LONGEST_TIMER_MS) return ms;
  return refuseUnseen(option, `must be a number of seconds above 0, and at most ${LONGEST_TIMER_MS / 1000}`);
}
