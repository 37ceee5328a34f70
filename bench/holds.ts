import { HOLD_CASES } from "../test/holds/cases.ts";
import { HoldWorld } from "../test/holds/holds.ts";
import type { Benchmark, Row } from "./benchmark.ts";

const MOST_MS = 50;
/** Runs of a script at the same time, the calls of each, and the headers of each call. */
const SCRIPTS = [
  [1, 1, 999],
  [4, 20, 500],
] as const;

/** How long the event loop stands still, at the worst, for what others do. */
export const holds: Benchmark = {
  name: "holds",
  about:
    "the longest that the event loop stands still while a server, or a caller, does its worst at a limit",
  async run() {
    await using world = await HoldWorld.create();
    const rows: Row[] = [];
    for (const one of HOLD_CASES) {
      const value = await world.longestHold(one);
      rows.push({ what: one.what, value, unit: "ms", target: { most: MOST_MS } });
    }
    for (const [runs, calls, headers] of SCRIPTS) {
      const value = await world.longestHoldOfScripts(runs, calls, headers);
      const what = `scripts, runs: ${runs}, calls of each: ${calls}, signed headers of each: ${headers}`;
      rows.push({ what, value, unit: "ms", target: { most: MOST_MS } });
    }
    return rows;
  },
};
