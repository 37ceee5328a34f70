// The first module of a script worker in which some runs misbehave as no script can: the name of the entry says how.
import { BroadcastChannel } from "node:worker_threads";
import { Computer } from "../../host/script/compute/computer.ts";
import { GuestRun } from "../../host/script/compute/guest-run.ts";
import type { Step, StepEnd } from "../../host/script/steps/step.ts";
import { StepWriter } from "../../host/script/steps/step-writer.ts";
import "../../host/script/workers/worker-thread.ts";

const entered = new BroadcastChannel("unruly-worker");
entered.unref();

const { beginStep, checkTime } = GuestRun.prototype;
const { compute } = Computer.prototype;
const { writeEnd } = StepWriter.prototype;
let isFragile = false;
let isMute = false;

function starve(): never {
  throw new RangeError("Array buffer allocation failed");
}

const ON_BEGIN: Readonly<Record<string, () => void>> = {
  starve,
  leave: () => process.exit(1),
  hoard: () => {
    for (const kept: unknown[] = []; ; ) kept.push(new Array(500_000).fill(kept.length + 0.5));
  },
};

GuestRun.prototype.beginStep = function (allowance, from) {
  beginStep.call(this, allowance, from);
  entered.postMessage(this.name);
  isFragile = this.name === "fragile";
  isMute = this.name === "mute";
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

/** There is no memory to tell of what a `mute` run has done. */
StepWriter.prototype.writeEnd = function (end: StepEnd): void {
  if (isMute && end.outcome.kind !== "failed") starve();
  writeEnd.call(this, end);
};
