import { totalmem } from "node:os";
import { MemoryBudget, type Reserve } from "./memory-budget.ts";

/** The share of the machine's memory that all runs of the process may hold, if the application does not say. */
const SHARE = 1 / 2;

/** Bytes of memory that the machine has, or the container, if that has less. */
export function availableMemory(
  machine = totalmem(),
  container: number | undefined = process.constrainedMemory(),
): number {
  // Without a limit it is 0, undefined or a number beyond all memory, which depends on the system.
  return container !== undefined && container > 0 ? Math.min(machine, container) : machine;
}

/** The budget of the process, of which every runtime has a part. */
const WHOLE = new MemoryBudget(0);
const HALF = Math.floor(availableMemory() * SHARE);
/** The sum of the parts that runtimes were given. */
let given = 0;

/** A runtime's part of the process's budget. If it has none of its own, it shares what there is. */
export interface RuntimeMemory {
  readonly budget: MemoryBudget;
  /** Called once, when the runtime is closed. */
  release(): void;
}

/**
 * What a thread needs to compute a guest and to suspend it, and what it leaves for V8 to collect, in times of the guest's
 * memory.
 */
const THREAD_SHARE = 12;
/** Bytes of that, of all threads together, that do not count. */
const FREE_SIZE = 96 << 20;

/**
 * @param reserve What the runtime keeps to use it again
 * @param guests The memory of all guests that compute at the same time, in bytes
 * @param bytes What the application gives to the runtime; undefined if it does not say */
export function takeMemory(reserve: Reserve, guests: number, bytes: number | undefined): RuntimeMemory {
  grant(bytes ?? 0);
  const budget = new MemoryBudget(bytes, WHOLE);
  const ofThreads = Math.min(budget.limit / 2, Math.max(0, guests * THREAD_SHARE - FREE_SIZE));
  budget.hold(ofThreads);
  budget.addReserve(reserve);
  let isReleased = false;
  return {
    budget,
    release() {
      if (isReleased) return;
      isReleased = true;
      budget.removeReserve(reserve);
      budget.hold(-ofThreads);
      grant(-(bytes ?? 0));
    },
  };
}

/** What applications give may be more than half of the machine. Then that is the budget. */
function grant(bytes: number): void {
  given += bytes;
  WHOLE.most = Math.max(HALF, given);
}
