import { getHeapStatistics } from "node:v8";
import { MemoryBudget } from "./memory-budget.ts";

/** The share of this thread's JavaScript heap that the books of all runs may take. The rest is the application's. */
const SHARE = 1 / 2;

/**
 * The JavaScript heap of this thread, for the runs of all runtimes. It is often far smaller than the memory of the
 * machine, and the process ends when it is full.
 */
export const HEAP = new MemoryBudget(Math.floor(getHeapStatistics().heap_size_limit * SHARE));
