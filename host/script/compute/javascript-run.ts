import type { DetachedFiber, Instance } from "../../guest/engine/instance.ts";
import type { RunEnd } from "../../guest/javascript/javascript-suspension.ts";
import { Fault } from "../blame/fault.ts";
import type { Limits } from "../blame/limits.ts";
import type { EntryResult, RunContext } from "../steps/step.ts";
import { GuestRun, type RunSetting } from "./guest-run.ts";

/** One run of a script in JavaScript, in the thread that computes it. */
export class JavaScriptRun extends GuestRun {
  /** The image of the script. */
  readonly image: DetachedFiber;
  /** The name of the entry. */
  readonly args: Uint8Array;

  constructor(context: RunContext, limits: Limits, setting: RunSetting, image: DetachedFiber) {
    super(context, limits, setting);
    this.image = image;
    this.args = Buffer.from(context.entry);
  }

  override readResult({ memorySize }: Instance, returned: unknown): EntryResult {
    this.memoryBytes = memorySize;
    const end = returned as RunEnd;
    if (end.kind === "returned") {
      this.checkOutput(end.result.length);
      return end.result;
    }
    // Not thrown: the instance is as good as after a result.
    this.failure = new Fault(end.kind, end.text, end.stack);
    return undefined;
  }

  onCancel(number: number): void {
    this.cancelled.push(number);
  }
}
