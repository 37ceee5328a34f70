import { HttpBackgroundError } from "../../api/errors.ts";
import { isKeyed } from "../../api/keyed.ts";
import { nearestName } from "../../api/nearest-name.ts";
import { type LimitCode, ScriptError } from "./errors.ts";

/**
 * What scripts may use. `Infinity` means no limit, except for the memory and the stack. The output can never be longer
 * than a string can be.
 */
export interface Limits {
  /** Maximum number of memory pages of a run. A page has 64 KiB. Code MEMORY_LIMIT. @default 256, which is 16 MiB */
  memoryPages: number;
  /** Seconds from the call of `run` to its end, including the time that it waits. Code TIME_LIMIT. @default 30 */
  timeout: number;
  /**
   * Milliseconds of CPU time that a run may compute between two calls. It is checked every few milliseconds, and less
   * than 5 counts as 5. Code COMPUTE_LIMIT. @default 1000
   */
  computeMs: number;
  /** Milliseconds of CPU time that a run may compute in total. Code CPU_LIMIT. @default 10,000 */
  cpuMs: number;
  /** Bytes for the frames of a suspended run. Code STACK_LIMIT. @default 65,536 */
  stackBytes: number;
  /** Maximum number of calls of `http_background` and `start`. Code REQUEST_LIMIT. @default 1,000 */
  requests: number;
  /**
   * Maximum number of calls of a run at the same time: those that it has started, and whose replies it has not taken.
   * Code CALL_LIMIT. @default 100
   */
  concurrentCalls: number;
  /**
   * Maximum number of timers that a run has while it waits, in scripts in JavaScript: those that have not fired, and
   * were not cleared. Code TIMER_LIMIT. @default 5,000
   */
  concurrentTimers: number;
  /** Maximum number of bytes in all bodies that a run sends. Code SENT_LIMIT. @default 67,108,864, which is 64 MiB */
  bytesSent: number;
  /**
   * Maximum number of bytes in all contents that a run receives, including contents of redirects and of transfers that
   * fail. Code RECEIVED_LIMIT. @default 16,777,216, which is 16 MiB
   */
  bytesReceived: number;
  /** Maximum number of bytes of a run's output. Code OUTPUT_LIMIT. @default 1,048,576, which is 1 MiB */
  outputBytes: number;
  /**
   * Bytes that the host keeps for a run at any time: its arguments, its memory while it waits, what it posts until the
   * reply is there, replies that it has not taken, contents that come and that it has not released, and its output. What is granted to it does not
   * count. Code KEPT_LIMIT. @default 67,108,864, which is 64 MiB
   */
  keptBytes: number;
  /** Maximum number of runs at the same time, for all scripts of the runtime. Other runs wait. @default 10,000 */
  concurrentRuns: number;
  /** Maximum number of runs that wait. Code QUEUE_LIMIT. @default 10,000 */
  queuedRuns: number;
  /** Maximum number of scripts that are loaded or compiled, or wait for that. Code QUEUE_LIMIT. @default 1,000 */
  concurrentLoads: number;
  /** Bytes of the modules and texts of these scripts. Code QUEUE_LIMIT. @default 67,108,864, which is 64 MiB */
  loadingBytes: number;
}

export type LimitName = keyof Limits;

/** The limits that an application sets. The others have their defaults. */
export type GivenLimits = { readonly [Name in LimitName]?: number | undefined };

interface Row {
  readonly byDefault: number;
  readonly most: number;
  /** Whether it is a number of things. Then it cannot be a fraction. */
  readonly isCount: boolean;
  readonly code: LimitCode | undefined;
  /** The sentence for a run that exceeded the limit. */
  readonly complaint: (limit: string) => string;
}

/** Addresses of WebAssembly have 32 bits. */
const MOST_PAGES = 65_536;
const MOST_STACK = 1 << 24;
const MIB = 1 << 20;

const count = (byDefault: number, code: LimitCode | undefined, complaint: Row["complaint"]): Row => ({
  byDefault,
  most: Number.POSITIVE_INFINITY,
  isCount: true,
  code,
  complaint,
});

const LIMITS: Readonly<Record<LimitName, Row>> = {
  memoryPages: {
    ...count(256, "MEMORY_LIMIT", (pages) => `it needs more than ${pages} pages of memory`),
    most: MOST_PAGES,
  },
  timeout: {
    ...count(30, "TIME_LIMIT", (seconds) => `it took more than ${seconds} seconds`),
    isCount: false,
  },
  computeMs: {
    ...count(1000, "COMPUTE_LIMIT", (ms) => `it computed for more than ${ms} ms without a call`),
    isCount: false,
  },
  cpuMs: {
    ...count(10_000, "CPU_LIMIT", (ms) => `it computed for more than ${ms} ms in total`),
    isCount: false,
  },
  stackBytes: {
    ...count(
      65_536,
      "STACK_LIMIT",
      (bytes) => `its stack is larger than ${bytes} bytes where it makes a call`,
    ),
    most: MOST_STACK,
  },
  requests: count(1000, "REQUEST_LIMIT", (most) => `it made more than ${most} requests`),
  concurrentCalls: count(100, "CALL_LIMIT", (most) => `it had more than ${most} calls at the same time`),
  concurrentTimers: count(5000, "TIMER_LIMIT", (most) => `it had more than ${most} timers at the same time`),
  bytesSent: count(64 * MIB, "SENT_LIMIT", (bytes) => `it sent more than ${bytes} bytes`),
  bytesReceived: count(16 * MIB, "RECEIVED_LIMIT", (bytes) => `it received more than ${bytes} bytes`),
  outputBytes: count(MIB, "OUTPUT_LIMIT", (bytes) => `it put out more than ${bytes} bytes`),
  keptBytes: count(64 * MIB, "KEPT_LIMIT", (bytes) => `it needs more than ${bytes} bytes of the host`),
  concurrentRuns: count(10_000, undefined, () => ""),
  queuedRuns: count(10_000, "QUEUE_LIMIT", (most) => `more than ${most} runs wait already`),
  concurrentLoads: count(1000, "QUEUE_LIMIT", (most) => `more than ${most} scripts would be loaded`),
  loadingBytes: count(
    64 * MIB,
    "QUEUE_LIMIT",
    (most) => `scripts of more than ${most} bytes would be loaded`,
  ),
};

/** @throws HttpBackgroundError BAD_CONFIG for an unknown limit, or for a value that is not a valid number */
export function readLimits(given: GivenLimits = {}): Limits {
  const limits = Object.fromEntries(Object.entries(LIMITS).map(([name, row]) => [name, row.byDefault]));
  return { ...limits, ...readGiven(given, ALL) } as unknown as Limits;
}

/** Limits that are the same for all runs of a script, because they are part of its module, or not about one run. */
const OF_THE_RUNTIME: readonly LimitName[] = [
  "memoryPages",
  "stackBytes",
  "concurrentRuns",
  "queuedRuns",
  "concurrentLoads",
  "loadingBytes",
];
const ALL: readonly string[] = Object.keys(LIMITS);
const OF_A_RUN = ALL.filter((name) => !OF_THE_RUNTIME.includes(name as LimitName));

/**
 * The limits of a run that has some of its own: of each, the smaller one.
 *
 * @throws HttpBackgroundError BAD_CONFIG, also for a limit that only a runtime can have
 */
export function narrowLimits(outer: Limits, given: GivenLimits | undefined): Limits {
  if (given === undefined) return outer;
  const own = readGiven(given, OF_A_RUN);
  const narrowed = { ...outer };
  for (const [name, value] of Object.entries(own) as [LimitName, number][]) {
    if (OF_THE_RUNTIME.includes(name))
      throw mistake(name, "is a limit of the runtime, which no run can narrow");
    narrowed[name] = Math.min(outer[name], value);
  }
  return narrowed;
}

/** @param offered the names that a mistake may propose */
function readGiven(given: GivenLimits, offered: readonly string[]): Partial<Limits> {
  const limits: Partial<Limits> = {};
  if (!isKeyed(given)) {
    const message = "limits: must be an object with the limits by their names";
    throw new HttpBackgroundError("BAD_CONFIG", message, { option: "limits" });
  }
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(LIMITS, name)) throw mistake(name, noSuchLimit(name, offered));
    if (value === undefined) continue;
    limits[name as LimitName] = readLimit(name as LimitName, value);
  }
  return limits;
}

function noSuchLimit(name: string, offered: readonly string[]): string {
  const nearest = nearestName(name, offered);
  const question = nearest === undefined ? "" : `; did you mean ${nearest}?`;
  return `there is no such limit; there are ${offered.join(", ")}${question}`;
}

/** One limit. @throws HttpBackgroundError BAD_CONFIG */
export function readLimit(name: LimitName, value: unknown): number {
  const { most, isCount } = LIMITS[name];
  const isWhole = value === Number.POSITIVE_INFINITY || !isCount || Number.isInteger(value);
  if (typeof value === "number" && value > 0 && value <= most && isWhole) return value;
  const kind = isCount ? "a whole number" : "a number";
  const range = most === Number.POSITIVE_INFINITY ? "above 0" : `from 1 to ${most}`;
  throw mistake(name, `must be ${kind} ${range}`);
}

/** The error for a run that exceeded a limit. */
export function limitError(name: LimitName, limit: number): ScriptError {
  const { code, complaint } = LIMITS[name];
  return new ScriptError(
    code as LimitCode,
    `the run was ended: ${complaint(String(limit))} (limits.${name})`,
  );
}

/** The error for a script that is not loaded, because too many are loaded at the same time. */
export function loadLimitError(name: "concurrentLoads" | "loadingBytes", limit: number): ScriptError {
  const message = `the script was not loaded: ${LIMITS[name].complaint(String(limit))} at the same time (limits.${name})`;
  return new ScriptError("QUEUE_LIMIT", message);
}

/** The error for a run for which the host could not reserve memory. */
export function outOfMemory(cause: unknown): ScriptError {
  const message = "the run was ended: there is not enough memory for it";
  return new ScriptError("MEMORY_LIMIT", message, { cause });
}

/** Whether something failed because there was no memory for an array, a buffer or a string. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError || NO_MEMORY.has((error as { code?: unknown }).code);
}
const NO_MEMORY: ReadonlySet<unknown> = new Set(["ERR_MEMORY_ALLOCATION_FAILED", "ERR_STRING_TOO_LONG"]);

/** Messages of V8. */
const NO_ALLOCATION = /allocat|out of memory|unable to grow/i;

/** The same for an error of a guest, where a RangeError may have other reasons. */
export function isAllocationFailure(error: unknown): boolean {
  if (error instanceof RangeError && NO_ALLOCATION.test(error.message)) return true;
  return error instanceof HttpBackgroundError && isAllocationFailure(error.cause);
}

/** The error for a run that was ended because all runs together need more memory than there is. */
export function memoryError(most: number): ScriptError {
  const message = `the run was ended: all runs together need more than ${most} bytes of memory, and those of its script hold most`;
  return new ScriptError("MEMORY_LIMIT", message);
}

/** The same for the JavaScript heap of this thread, of which runs may have a part. */
export function heapError(most: number): ScriptError {
  const message = `the run was ended: all runs together need more than ${most} bytes of the JavaScript heap (half of --max-old-space-size), and those of its script hold most`;
  return new ScriptError("MEMORY_LIMIT", message);
}

function mistake(name: string, complaint: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_CONFIG", `limits.${name}: ${complaint}`, { option: `limits.${name}` });
}
