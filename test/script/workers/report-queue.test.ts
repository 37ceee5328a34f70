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

/** A queue, and what was read: tickets of ends, and `read` for each report. Each end takes `endMs`, a turn has `turnMs`. */
function queueWith(endMs: number, turnMs: number): { queue: ReportQueue; seen: (number | "read")[] } {
  const seen: (number | "read")[] = [];
  const queue = new ReportQueue(new SpreadWork(turnMs), {
    onEnd: ({ ticket }) => {
      burn(endMs);
      seen.push(ticket);
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

  it("are read at once when the worker has ended, and nothing twice", async () => {
    const { queue, seen } = queueWith(6, 5);
    queue.add(reportOf(1, 2));
    queue.add(reportOf(3));
    queue.flush();
    assert.deepEqual(seen, [1, 2, "read", 3, "read"]);
    await setImmediate();
    queue.add(reportOf(4));
    await setImmediate();
    assert.deepEqual(seen.slice(5), [4, "read"]);
  });
});
