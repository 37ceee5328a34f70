import { ONLY_QUESTION } from "../../guest/engine/asyncify.ts";
import type { Engine } from "../../guest/engine/engine.ts";
import { GuestModule } from "../../guest/engine/module.ts";
import type { Continuation, Waiting } from "../../guest/engine/step.ts";
import type { Asked } from "../../guest/engine/task.ts";
import { firstText } from "../../guest/wire/script-request.ts";
import type { Plan } from "../../script-planner.ts";
import type { Limits } from "../blame/limits.ts";
import { failedEnd } from "../steps/failed-end.ts";
import type { ComputableScript } from "../steps/script.ts";
import type { EntryResult, Step, StepEnd, StepOrigin, StepOutcome } from "../steps/step.ts";
import { GuestFailure } from "./guest-failure.ts";
import { GuestRun } from "./guest-run.ts";
import { SCRIPT_RULES } from "./script-rules.ts";
import { startGuest } from "./start-guest.ts";
import { StepClock } from "./step-clock.ts";

/** Checks a call, and plans its transfer. */
export interface Planner {
  plan(args: Uint8Array): Plan;
}

interface KnownScript extends ComputableScript {
  /** It is made for the first run, because making it may end the worker. */
  engine: Engine<GuestRun> | undefined;
}

/** Computes steps of runs, one at a time: it calls their guests, and plans the transfers that they ask for. */
export class Computer {
  readonly #planner: Planner;
  readonly #mayGoOn: () => boolean;
  readonly #clock = new StepClock();
  readonly #scripts = new Map<number, KnownScript>();
  /** The runs of which this thread has computed the last step. Their next step probably comes here too. */
  readonly #runs = new Map<number, GuestRun>();

  /** @param mayGoOn Called from time to time while a guest computes. False ends the guest. */
  constructor(planner: Planner, mayGoOn: () => boolean = () => true) {
    this.#planner = planner;
    this.#mayGoOn = mayGoOn;
  }

  addScript(id: number, script: ComputableScript): void {
    this.#scripts.set(id, { ...script, engine: undefined });
  }

  removeScript(id: number): void {
    this.#scripts.delete(id);
  }

  /** Called when a run is over, or when another thread computes its next step. */
  forget(run: number): void {
    this.#runs.delete(run);
  }

  compute(step: Step): StepEnd {
    this.#clock.start();
    try {
      return this.#compute(step);
    } catch (error) {
      // For example because there is no memory for a copy of its output.
      return failedEnd(step.ticket, error, { cpuMs: this.#clock.stop() });
    }
  }

  #compute(step: Step): StepEnd {
    const script = this.#scriptOf(step);
    const run = this.#runOf(step, script.limits);
    run.beginStep(step.allowance);
    const outcome = this.#outcomeOf(step, script, run);
    const { memoryBytes, released, output } = run;
    const { bytes } = output;
    return { ticket: step.ticket, cpuMs: this.#clock.stop(), memoryBytes, output: bytes, released, outcome };
  }

  #outcomeOf({ from }: Step, script: KnownScript, run: GuestRun): StepOutcome {
    try {
      script.engine ??= startGuest(new GuestModule(script.module, SCRIPT_RULES), script.limits);
      if (from !== null) run.add(from.values);
      const end = script.engine.step<EntryResult>(run, continuationOf(from));
      return "result" in end ? { kind: "returned", result: end.result } : this.#planFor(run, end);
    } catch (error) {
      if (error instanceof GuestFailure) {
        run.memoryBytes = error.memoryBytes;
        return { kind: "failed", error: error.cause, isStarved: error.isStarved };
      }
      return { kind: "failed", error, isStarved: false };
    }
  }

  /** A script asks one question at a time: its stack can wait only once. */
  #planFor({ request }: GuestRun, { asked: [question], parked }: Waiting): StepOutcome {
    const { record } = question as Asked;
    const plan = this.#planner.plan(record);
    return "transfer" in plan
      ? { kind: "asked", transfer: plan.transfer, data: request?.data ?? [], parked }
      : { kind: "refused", answer: plan.refusal, id: firstText(record), parked };
  }

  #scriptOf({ script }: Step): KnownScript {
    const known = this.#scripts.get(script);
    if (known === undefined) throw new Error(`the script ${script} is not known here`);
    return known;
  }

  #runOf({ run, context }: Step, limits: Limits): GuestRun {
    if (context !== null) this.#runs.set(run, new GuestRun(context, limits, this.#mayGoOn));
    const known = this.#runs.get(run);
    if (known === undefined) throw new Error(`the run ${run} is not known here`);
    return known;
  }
}

function continuationOf(from: StepOrigin | null): Continuation | undefined {
  if (from === null) return undefined;
  return { parked: from.parked, answers: [{ number: ONLY_QUESTION, bytes: from.answer }], open: 0 };
}
