import type { AnyTarget } from "./target.ts";

/** How often something is read that looks slow: what other programs do to the time is not always the same. */
const REPEATS = 5;
/** Twice the size may take somewhat more than twice the time, and four times somewhat more than four. */
const MOST_OF_HALF = 3;
const MOST_OF_QUARTER = 8;

/** One input in three sizes: a quarter, half, and the whole of it. */
export type Sizes = readonly [quarter: Buffer, half: Buffer, whole: Buffer];

/** From which time on somebody looks closer. */
export interface Patience {
  /** CPU that any input may take. Milliseconds. */
  readonly anyMs: number;
  /** Whether a target's `nanosPerByte` count. @default true */
  readonly isStrict?: boolean;
}

/** CPU that reading takes once, in milliseconds. What comes of it does not matter here. */
export async function readingTime(target: AnyTarget, input: Buffer): Promise<number> {
  const start = cpuMicros();
  try {
    await target.read(input);
  } catch {
    // It took its time as well.
  }
  return (cpuMicros() - start) / 1000;
}

/** Whether a time is worth a closer look. */
export function isSuspicious(ms: number, { anyMs }: Patience): boolean {
  return ms > anyMs;
}

/** What is wrong with the time that the largest of these takes; undefined if nothing is, or nothing that shows again. */
export async function findDelay(
  target: AnyTarget,
  [quarter, half, whole]: Sizes,
  { anyMs, isStrict = true }: Patience,
): Promise<string | undefined> {
  const long = await shortest(target, whole);
  if (long <= anyMs) return undefined;
  const [middle, short] = [await shortest(target, half), await shortest(target, quarter)];
  const again = await shortest(target, whole);
  const ms = Math.min(long, again);
  const times = `${short.toFixed(1)}, ${middle.toFixed(1)} and ${ms.toFixed(1)} ms of CPU for ${quarter.length}, ${half.length} and ${whole.length} bytes`;
  if (ms <= anyMs || !isInStep(quarter, half, whole)) return undefined;
  if (ms > MOST_OF_HALF * middle && ms > MOST_OF_QUARTER * short) return `more than linear: ${times}`;
  const mostMs = anyMs + (whole.length * target.nanosPerByte) / 1e6;
  return isStrict && ms > mostMs ? `slow, at most ${mostMs.toFixed(1)} ms: ${times}` : undefined;
}

/** A half that is much less than half would make any time look long. */
function isInStep(quarter: Buffer, half: Buffer, whole: Buffer): boolean {
  return whole.length <= 2.5 * half.length && half.length <= 2.5 * quarter.length;
}

async function shortest(target: AnyTarget, input: Buffer): Promise<number> {
  const times: number[] = [];
  while (times.length < REPEATS) times.push(await readingTime(target, input));
  return Math.min(...times);
}

/** Of all threads of the process: what Node tells of one is less exact. */
function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
