import assert from "node:assert/strict";
import { it } from "node:test";
import { ComputingTime } from "../../host/lifetime/computing-time.ts";

it("what a thread can have computed is bounded by what the process had of the CPU", () => {
  const at = { now: 1000, cpuMs: 500 };
  const time = new ComputingTime({ now: () => at.now, cpuMs: () => at.cpuMs });
  time.start();
  const look = (passedMs: number, cpuMs: number): [passedMs: number, busyMs: number] => {
    at.now += passedMs;
    at.cpuMs += cpuMs;
    const elapsed = time.take(20);
    return [elapsed.passedMs, elapsed.busyMs];
  };
  assert.deepEqual(look(10, 10), [10, 10]);
  assert.deepEqual(look(10, 25), [10, 10]);
  assert.deepEqual(look(10, 4), [10, 4]);
  // Where a thread is stuck without computing, it is noticed, too.
  assert.deepEqual(look(10, 0), [10, 2.5]);
  // Nobody could look in most of this time.
  assert.deepEqual(look(5000, 1), [20, 5]);
  assert.deepEqual(look(5000, 5000), [20, 20]);
});
