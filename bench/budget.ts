import { MEMORY_ATTACKS, playMemoryAttack } from "../test/support/memory-attacks.ts";
import type { Benchmark, Row } from "./benchmark.ts";

/** MiB. */
const BUDGET = 256;
const MOST_OVER = 64;

/** What a process needs at most while scripts try to hold more than the budget of all runs. */
export const budget: Benchmark = {
  name: "memory",
  about: `the memory of a process over idle, while scripts try to hold more than a budget of ${BUDGET} MiB`,
  async run() {
    const rows: Row[] = [];
    for (const workers of [1, 2]) {
      for (const attack of MEMORY_ATTACKS) {
        const { mebibytes, wronged } = await playMemoryAttack(attack, { workers, memory: BUDGET });
        const what = `${workers} worker${workers > 1 ? "s" : ""}, ${attack.what}`;
        rows.push({ what, value: mebibytes, unit: "MiB", target: { most: BUDGET + MOST_OVER } });
        if (wronged > 0)
          rows.push({ what: "… honest runs that were lost", value: wronged, unit: "", target: { most: 0 } });
      }
    }
    return rows;
  },
};
