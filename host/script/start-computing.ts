import type { ScriptDoor } from "../door/script-door.ts";
import { ScriptPlanner } from "../door/script-planner.ts";
import { WASM_PAGE } from "../guest/parked/memory.ts";
import type { Limits } from "./blame/limits.ts";
import { pagesFor } from "./pages/paged-bytes.ts";
import type { Computing } from "./workers/computing.ts";
import { OwnThread } from "./workers/own-thread.ts";
import { WorkerPool } from "./workers/worker-pool.ts";

/** What a step puts into pages besides its output, in times of the guest's memory: the suspended guest, and what it posts. */
const STEP_SHARE = 67 / 64 + 1;
/** Bytes that a worker is lent for one step. What is longer goes in messages. */
const MOST_LENT = 1 << 26;

/** Makes what computes the steps of a runtime. @param workers With 0, it is this thread */
export function startComputing(
  { plugin, network }: ScriptDoor,
  workers: number,
  { limits, code }: { limits: Limits; code: URL | undefined },
): Computing {
  if (workers === 0) return new OwnThread(new ScriptPlanner(plugin));
  const bytes = limits.memoryPages * WASM_PAGE * STEP_SHARE + limits.outputBytes;
  const pagesForStep = pagesFor(Math.min(bytes, MOST_LENT));
  return new WorkerPool(workers, { plugin: plugin.module, threads: network.ids, pagesForStep }, code);
}
