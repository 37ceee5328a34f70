// The first module of a script worker in which some runs misbehave as no script can: the name of the entry says how.
import { BroadcastChannel } from "node:worker_threads";
import { Computer } from "../../host/script/compute/computer.ts";
import { GuestRun } from "../../host/script/compute/guest-run.ts";
import type { Step, StepEnd } from "../../host/script/steps/step.ts";
import "../../host/script/workers/worker-thread.ts";

const entered = new BroadcastChannel("unruly-worker");
entered.unref();

const { beginStep, checkTime } = GuestRun.prototype;
const { compute } = Computer.prototype;
let isFragile = false;

const ON_BEGIN: Readonly<Record<string, () => void>> = {
  leave: () => process.exit(1),
  hoard: () => {
    for (const kept: unknown[] = []; ; ) kept.push(new Array(500_000).fill(kept.length + 0.5));
  },
};

GuestRun.prototype.beginStep = function (allowance) {
  beginStep.call(this, allowance);
  entered.postMessage(this.name);
  isFragile = this.name === "fragile";
  ON_BEGIN[this.name]?.();
};

/** Nobody sees what a run does that is `blind`. */
GuestRun.prototype.checkTime = function (computedMs) {
  if (this.name !== "blind") checkTime.call(this, computedMs);
};

/** The worker dies now and then when it has computed a step of a `fragile` run, before it can tell. */
Computer.prototype.compute = function (step: Step): StepEnd {
  const end = compute.call(this, step);
  if (isFragile && Math.random() < 0.02) process.exit(1);
  return end;
};
