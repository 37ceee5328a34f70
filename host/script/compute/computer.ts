import type { Plan } from "../../door/script-planner.ts";
import type { DetachedFiber } from "../../guest/engine/instance.ts";
import type { Continuation, Waiting } from "../../guest/engine/step.ts";
import type { Asked } from "../../guest/engine/task.ts";
import { borrowBytes } from "../../guest/parked/found-pages.ts";
import { firstText } from "../../guest/wire/script-request.ts";
import { PagedBytes } from "../pages/paged-bytes.ts";
import type { Pages } from "../pages/pages.ts";
import { failedEnd } from "../steps/failed-end.ts";
import type { ComputableScript } from "../steps/script.ts";
import type {
  EntryResult,
  GuestCall,
  Step,
  StepEnd,
  StepOrigin,
  StepOutcome,
  SuspendedGuest,
} from "../steps/step.ts";
import { GuestEngines, type ScriptGuest } from "./guest-engines.ts";
import { GuestFailure } from "./guest-failure.ts";
import type { GuestRun, RunSetting } from "./guest-run.ts";
import { Output } from "./output.ts";
import { StepClock } from "./step-clock.ts";

/** Checks a call, and plans its transfer. */
export interface Planner {
  plan(args: Uint8Array): Plan;
}

/** What a thread gives to its computer. */
export type ComputerSetting = Pick<RunSetting, "pages"> & Partial<Pick<RunSetting, "mayGoOn" | "put">>;

/** Computes steps of runs, one at a time: it calls their guests, and plans the transfers that they ask for. */
export class Computer {
  readonly #planner: Planner;
  readonly #setting: RunSetting;
  readonly #clock = new StepClock();
  readonly #engines = new GuestEngines();
  readonly #scripts = new Map<number, ScriptGuest>();
  /** The run of the last step. */
  #running: GuestRun | undefined;
  /** The runs of which this thread has computed the last step. Their next step probably comes here too. */
  readonly #runs = new Map<number, GuestRun>();

  /** @param setting All of it but `pages` has a default: nothing ends a run, and there are no pages to fill */
  constructor(planner: Planner, setting: ComputerSetting) {
    this.#planner = planner;
    this.#setting = { mayGoOn: () => true, put: () => undefined, output: new Output(), ...setting };
  }

  addScript(id: number, script: ComputableScript): void {
    this.#scripts.set(id, this.#engines.guestOf(script));
  }

  removeScript(id: number): void {
    this.#scripts.delete(id);
  }

  /** For the plan of a transfer, whose boundary is random. */
  fillRandom(bytes: Uint8Array): void {
    (this.#running as GuestRun).fillRandom(bytes);
  }

  /** Called when a run is over, or when another thread computes its next step. */
  forget(run: number): void {
    this.#runs.delete(run);
  }

  /** Bytes of a suspended guest in the end of a step, and its output, are valid until the next step. */
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
    const run = this.#runOf(step, script);
    run.beginStep(step.allowance, step.from);
    this.#running = run;
    const outcome = this.#outcomeOf(step, script, run);
    const { memoryBytes, hasTaken } = run;
    const { released } = run.values;
    const used = { cpuMs: this.#clock.stop(), memoryBytes, output: run.output.view, released, hasTaken };
    return { ticket: step.ticket, ...used, outcome };
  }

  #outcomeOf({ from }: Step, script: ScriptGuest, run: GuestRun): StepOutcome {
    try {
      const { engine } = script;
      const end = engine.step<EntryResult>(run, this.#continuationOf(from));
      if (!("result" in end)) return this.#waitFor(run, end);
      if (run.failure !== undefined) return { kind: "failed", error: run.failure, isStarved: false };
      return { kind: "returned", result: end.result };
    } catch (error) {
      if (error instanceof GuestFailure) {
        run.memoryBytes = error.memoryBytes;
        return { kind: "failed", error: error.cause, isStarved: error.isStarved };
      }
      return { kind: "failed", error, isStarved: false };
    }
  }

  #waitFor(run: GuestRun, { asked, parked }: Waiting): StepOutcome {
    run.memoryBytes ||= parked.memorySize;
    const calls = asked.map((question) => this.#planFor(run, question));
    const { cancelled, until, isAnnounced } = run;
    return { kind: "waits", calls, cancelled, until, isAnnounced, parked };
  }

  #planFor(run: GuestRun, { number, record }: Asked): GuestCall {
    const ms = run.sleeps.get(number);
    if (ms !== undefined) return { kind: "sleep", number, ms };
    run.checkStep();
    const plan = this.#planner.plan(record);
    return "transfer" in plan
      ? { kind: "asked", number, transfer: plan.transfer, data: run.dataOf(number) }
      : { kind: "refused", number, answer: plan.refusal, id: firstText(record) };
  }

  #scriptOf({ script }: Step): ScriptGuest {
    const known = this.#scripts.get(script);
    if (known === undefined) throw new Error(`the script ${script} is not known here`);
    return known;
  }

  #runOf({ run, context }: Step, script: ScriptGuest): GuestRun {
    if (context !== null) this.#runs.set(run, script.newRun(context, this.#setting));
    const known = this.#runs.get(run);
    if (known === undefined) throw new Error(`the run ${run} is not known here`);
    return known;
  }

  #continuationOf(from: StepOrigin | null): Continuation | undefined {
    if (from === null) return undefined;
    const { answers, open, isAnnounced } = from;
    const parked = this.#inOnePiece(from.parked);
    if (!isAnnounced) return { parked, answers, open };
    return { parked, answers: answers.map(({ number }) => ({ number, bytes: null })), open };
  }

  #inOnePiece({ bytes, memorySize, globals }: SuspendedGuest): DetachedFiber {
    if (!(bytes instanceof PagedBytes)) return { bytes, memorySize, globals };
    return { bytes: this.#pages.copy(bytes, borrowBytes(bytes.length)), memorySize, globals };
  }

  get #pages(): Pages {
    return this.#setting.pages;
  }
}
