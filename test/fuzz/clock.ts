import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { AnyTarget } from "./target.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

/** How often an input that looks slow is read again, because other programs influence the time. */
const REPEATS = 5;
/** How often it must look slow. */
const CONFIRMATIONS = 3;
/** Twice the size may need a little more than twice the time, and four times the size a little more than four times. */
const MOST_OF_HALF = 3;
const MOST_OF_QUARTER = 8;

/** One input in three sizes: a quarter, half, and the whole input. */
export type Sizes = readonly [quarter: Buffer, half: Buffer, whole: Buffer];

/** How long reading may take before the time is checked. */
export interface Patience {
  /** The CPU time in milliseconds that any input may need. */
  readonly anyMs: number;
  /** Whether a target's `nanosPerByte` count. @default true */
  readonly isStrict?: boolean;
}

/** The CPU time of reading once, in milliseconds. The result does not matter here. */
export async function readingTime(target: AnyTarget, input: Buffer): Promise<number> {
  const start = cpuMicros();
  try {
    await target.read(input);
  } catch {
    // A failure needs time too.
  }
  return (cpuMicros() - start) / 1000;
}

/** Whether a time must be checked. */
export function isSuspicious(ms: number, { anyMs }: Patience): boolean {
  return ms > anyMs;
}

/** What is wrong with the time for the largest input; undefined if nothing is, or if it does not happen each time. */
export async function findDelay(
  target: AnyTarget,
  sizes: Sizes,
  patience: Patience,
): Promise<string | undefined> {
  let found: string | undefined;
  for (let left = CONFIRMATIONS; left > 0; left--) {
    found = await findOnce(target, sizes, patience);
    if (found === undefined) return undefined;
  }
  return found;
}

async function findOnce(
  target: AnyTarget,
  [quarter, half, whole]: Sizes,
  { anyMs, isStrict = true }: Patience,
): Promise<string | undefined> {
  const long = await shortest(target, whole);
  if (long <= anyMs || !isInStep(quarter, half, whole)) return undefined;
  const [middle, short] = [await shortest(target, half), await shortest(target, quarter)];
  const times = `${short.toFixed(1)}, ${middle.toFixed(1)} and ${long.toFixed(1)} ms of CPU for ${quarter.length}, ${half.length} and ${whole.length} bytes`;
  const linearMs = (whole.length * target.nanosPerByte) / 1e6;
  const isGrowing = long > MOST_OF_HALF * middle && long > MOST_OF_QUARTER * short;
  // The collection of garbage grows faster than the input as well, at some sizes.
  if (isGrowing && long > anyMs + linearMs / 2) return `more than linear: ${times}`;
  const mostMs = anyMs + linearMs;
  return isStrict && long > mostMs ? `slow, at most ${mostMs.toFixed(1)} ms: ${times}` : undefined;
}

/** Whether the sizes are right. If the half is much less than half, any time would look long. */
function isInStep(quarter: Buffer, half: Buffer, whole: Buffer): boolean {
  return whole.length <= 2.5 * half.length && half.length <= 2.5 * quarter.length;
}

async function shortest(target: AnyTarget, input: Buffer): Promise<number> {
  const times: number[] = [];
  while (times.length < REPEATS) {
    // What was read before has left its garbage, and each collection would take its time again and again.
    collectGarbage();
    times.push(await readingTime(target, input));
  }
  return Math.min(...times);
}

/** The CPU time of all threads of the process. Node's time of a single thread is less exact. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
