import { openThreadClock } from "./thread-clock.ts";

/** Measures one thread exactly. Node 20 does not have it. */
const usage: "threadCpuUsage" | "cpuUsage" = "threadCpuUsage" in process ? "threadCpuUsage" : "cpuUsage";
/** How many milliseconds the system's count of a thread may be behind. */
const TICK_MS = 4;

/** The system's count of this thread, where Node has none and the system has one, as Linux. */
const threadClock = usage === "cpuUsage" ? openThreadClock() : undefined;
let atMs = performance.now();
let processMs = usageMs();
let threadMs = threadClock?.() ?? 0;

/** The clock of `cpuTime`. Tests may put another in its place. */
export const cpuClock = { now: () => (threadClock ? estimated(threadClock()) : usageMs()) };

/**
 * CPU time of this thread in milliseconds. If neither Node nor the system can measure single threads, it is that of all
 * threads.
 */
export function cpuTime(): number {
  return cpuClock.now();
}

/** The work of all threads is exact, that of this thread is behind by up to a tick: each is a bound for the other. */
function estimated(countedMs: number): number {
  const [now, ofProcess] = [performance.now(), usageMs()];
  const passed = Math.min(now - atMs, ofProcess - processMs);
  [atMs, processMs] = [now, ofProcess];
  threadMs = Math.min(Math.max(threadMs + passed, countedMs), countedMs + TICK_MS);
  return threadMs;
}

function usageMs(): number {
  const { user, system } = (process as NodeJS.Process & { threadCpuUsage(): NodeJS.CpuUsage })[usage]();
  return (user + system) / 1000;
}
