import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { SpreadWork } from "../../../host/lifetime/spread-work.ts";
import { failedEnd } from "../../../host/script/steps/failed-end.ts";
import type { Report } from "../../../host/script/steps/script.ts";
import { StepWriter } from "../../../host/script/steps/step-writer.ts";
import { ReportQueue } from "../../../host/script/workers/report-queue.ts";
import { burn } from "../../support/burn.ts";

/** A report that the steps with these tickets have ended. */
function reportOf(...tickets: number[]): Report {
  const writer = new StepWriter();
  for (const ticket of tickets) writer.writeEnd(failedEnd(ticket, new Error("it is over")));
  return { ...writer.finish(), isWaiting: false };
}

/**
 * A queue, and what was read: tickets of ends, and `read` for each report. Each end takes `endMs`, a turn has `turnMs`,
 * and ends with the tickets in `much` give somebody much.
 */
function queueWith(
  endMs: number,
  turnMs: number,
  much: readonly number[] = [],
): { queue: ReportQueue; seen: (number | "read" | "all")[] } {
  const seen: (number | "read" | "all")[] = [];
  const queue = new ReportQueue(new SpreadWork(turnMs), {
    onEnd: ({ ticket }) => {
      burn(endMs);
      seen.push(ticket);
      return much.includes(ticket);
    },
    onRead: () => seen.push("read"),
  });
  return { queue, seen };
}

describe("the reports of a worker", () => {
  it("are read at once, if that takes no time", () => {
    const { queue, seen } = queueWith(0, 60_000);
    queue.add(reportOf(1, 2));
    queue.add(reportOf());
    queue.add(reportOf(3));
    assert.deepEqual(seen, [1, 2, "read", "read", 3, "read"]);
  });

  it("are read over several turns, in order, if their ends take long", async () => {
    const { queue, seen } = queueWith(6, 5);
    queue.add(reportOf(1, 2));
    queue.add(reportOf(3));
    assert.deepEqual(seen, [1]);
    await setImmediate();
    assert.deepEqual(seen, [1, 2, "read"]);
    await setImmediate();
    assert.deepEqual(seen, [1, 2, "read", 3, "read"]);
    queue.add(reportOf(4));
    await setImmediate();
    assert.deepEqual(seen.slice(5), [4, "read"]);
  });

  it("are read in the next turn behind an end that gives much", async () => {
    const { queue, seen } = queueWith(0, 60_000, [2]);
    queue.add(reportOf(1, 2, 3, 4));
    assert.deepEqual(seen, [1, 2]);
    await setImmediate();
    assert.deepEqual(seen, [1, 2, 3, 4, "read"]);
  });

  it("are read as before when the worker has ended, which is told at the end", async () => {
    const { queue, seen } = queueWith(6, 5);
    queue.add(reportOf(1, 2));
    queue.whenRead(() => seen.push("all"));
    assert.deepEqual(seen, [1]);
    await setImmediate();
    assert.deepEqual(seen, [1, 2, "read", "all"]);
    const idle = queueWith(0, 5);
    idle.queue.whenRead(() => idle.seen.push("all"));
    assert.deepEqual(idle.seen, ["all"]);
  });
});
