import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { Worker } from "node:worker_threads";
import { cpuTime } from "../../../host/guest/engine/cpu-time.ts";
import { StepClock } from "../../../host/script/compute/step-clock.ts";

/** Neither Node 20 nor a system other than Linux tells threads apart. */
const tellsThreads = "threadCpuUsage" in process || existsSync("/proc/thread-self/schedstat");

function compute(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; );
}

/** This thread does nothing, and has not the CPU. */
function wait(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function measure(clock: StepClock, step: () => void): { told: number; wallMs: number; cpuMs: number } {
  const cpuBegan = cpuTime();
  const began = performance.now();
  clock.start();
  step();
  const told = clock.stop();
  return { told, wallMs: performance.now() - began, cpuMs: cpuTime() - cpuBegan };
}

describe("the clock of steps", () => {
  it("tells the CPU time of a long step, and never more than has passed", () => {
    const clock = new StepClock();
    for (let i = 0; i < 5; i++) {
      const { told, wallMs, cpuMs } = measure(clock, () => compute(20));
      assert.ok(told <= wallMs);
      assert.ok(told >= Math.min(wallMs, cpuMs) * 0.8, `${told} of ${cpuMs}`);
    }
  });

  it("does not count time in which the thread did not compute", () => {
    const clock = new StepClock();
    const { told } = measure(clock, () => wait(200));
    assert.ok(told < 100, `${told}`);
  });

  it("does not count what other threads compute", { skip: !tellsThreads, timeout: 30_000 }, async () => {
    const source = "require('node:worker_threads').parentPort.postMessage(0); for (;;);";
    const busy = new Worker(source, { eval: true });
    try {
      await once(busy, "message");
      const clock = new StepClock();
      const { told } = measure(clock, () => wait(200));
      assert.ok(told < 100, `${told}`);
    } finally {
      await busy.terminate();
    }
  });

  it("tells what a short step takes, and does not count it again in the next long one", () => {
    const clock = new StepClock();
    let short = 0;
    for (let i = 0; i < 100; i++) short += measure(clock, () => {}).told;
    assert.ok(short > 0);
    const { told, wallMs } = measure(clock, () => compute(5));
    assert.ok(told <= wallMs);
  });
});
