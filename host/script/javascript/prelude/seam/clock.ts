import { host } from "./host.ts";

/** When this run read the clock first. Milliseconds since 1970. */
let startedAt: number | undefined;

/** Called at the beginning of each run. */
export function startClock(): void {
  startedAt = undefined;
}

/** Milliseconds since 1970 that count as the beginning of the run. */
export function timeOrigin(): number {
  startedAt ??= host.now();
  return startedAt;
}

/** Milliseconds since the beginning of the run. */
export function now(): number {
  const origin = timeOrigin();
  return host.now() - origin;
}
