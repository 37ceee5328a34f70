import { type AsyncScope, captureScope } from "../../lifetime/async-scope.ts";
import type { Clock } from "../../lifetime/clock.ts";
import type { DeadlineOwner } from "../../lifetime/deadline.ts";
import type { SeededRandom } from "../../seeded-random.ts";
import { countGarbage } from "../pages/collector.ts";
import type { LongBytes } from "../pages/paged-bytes.ts";
import type { Allowance, RunContext, StepEnd, StepOrigin } from "../steps/step.ts";
import { type AccountOwner, RunAccount, type RunShares } from "./run-account.ts";
import { RunCalls } from "./run-calls.ts";
import type { ObservedRun } from "./run-events.ts";
import { type HoldingPlace, RunHoldings } from "./run-holdings.ts";
import { RunOutput } from "./run-output.ts";
import { slackOf } from "./run-pages.ts";
import type { RunParts } from "./run-parts.ts";
import { RunTime } from "./run-time.ts";
import type { Usage } from "./usage.ts";

/** The script of a run, and what its runs have in common. */
export interface RunOrigin extends HoldingPlace, RunShares {
  /** The script's number. */
  readonly number: number;
  /** The script's name; undefined if it has none. */
  readonly name: string | undefined;
  readonly clock: Clock;
  /** What its randomness follows from, in a test; else undefined. */
  newChance(): SeededRandom | undefined;
}

/** The application gets an output as text and as bytes, which V8 does not collect soon. */
const OUTPUT_COPIES = 2;

let runs = 0;

/** All that is known of a run: what it was given, what it has used, and what its next step may use. */
export class RunBooks implements ObservedRun {
  readonly number = ++runs;
  readonly script: number;
  readonly scriptName: string | undefined;
  readonly parts: RunParts;
  readonly clock: Clock;
  readonly time: RunTime;
  readonly account: RunAccount;
  readonly holdings: RunHoldings;
  readonly output: RunOutput;
  readonly calls = new RunCalls();
  readonly scope: AsyncScope = captureScope();
  isOver = false;
  readonly #chance: SeededRandom | undefined;

  /** @param owner Whoever ends the run. The time of the run begins now */
  constructor(origin: RunOrigin, parts: RunParts, owner: AccountOwner & DeadlineOwner) {
    this.script = origin.number;
    this.scriptName = origin.name;
    this.parts = parts;
    this.clock = origin.clock;
    this.time = new RunTime(parts.limits.timeout * 1000, owner, origin.clock);
    this.account = new RunAccount(parts.limits, origin, owner);
    this.output = new RunOutput(origin.store);
    this.holdings = new RunHoldings(parts, this.account, origin);
    this.#chance = origin.newChance();
  }

  get entry(): string {
    return this.parts.entry;
  }

  get tenant(): string | undefined {
    return this.parts.tenant;
  }

  get usage(): Usage {
    return this.account.usage;
  }

  get startedAt(): number {
    return this.time.startedAt;
  }

  /** Milliseconds, on the clock of the application. */
  get now(): number {
    return this.clock.now();
  }

  /** Whether its time is over. */
  get isLate(): boolean {
    return this.time.leftMs < 0;
  }

  context(): RunContext {
    const { entry, args } = this.parts;
    return { entry, args, values: this.holdings.named() };
  }

  allowance(): Allowance {
    const { clock } = this;
    const { limits, usage, keepable } = this.account;
    return {
      computeMs: limits.computeMs,
      cpuMs: limits.cpuMs - usage.cpuMs,
      // Where time stands still, a step takes none.
      timeMs: clock.isRunning ? this.time.leftMs : Number.POSITIVE_INFINITY,
      outputBytes: limits.outputBytes - this.output.size,
      keptBytes: keepable + this.holdings.parkedBytes,
      requests: limits.requests - usage.requests,
      made: usage.requests,
      date: clock.isRunning ? Number.NaN : clock.date().getTime(),
      seed: this.#chance?.seed() ?? Number.NaN,
    };
  }

  /** Where its next step goes on; null if it begins. */
  continuation(): StepOrigin | null {
    const { parked } = this.holdings;
    if (parked === undefined) return null;
    const given = this.calls.give();
    const values = this.holdings.named(given.values);
    for (const { bytes } of values) this.account.countBeside(slackOf(bytes));
    return { ...given, parked, values };
  }

  /** Enters what a step has used and put out. False if that was too much: then the run is over. */
  enter({ cpuMs, memoryBytes, output, released, hasTaken }: StepEnd): boolean {
    this.account.give(this.calls.taken(hasTaken));
    this.usage.addStep(cpuMs, memoryBytes);
    for (const number of released) this.holdings.release(number);
    if (!this.account.keep(output.length)) return false;
    this.#append(output);
    return true;
  }

  #append(output: LongBytes): void {
    const { slack } = this.output;
    this.output.append(output);
    this.account.countBeside(this.output.slack - slack);
  }

  /** The run is over, and holds nothing but its output. */
  close(): void {
    this.isOver = true;
    this.time.end();
    this.holdings.close();
    countGarbage(this.output.size * OUTPUT_COPIES);
    this.account.close();
  }

  /** The caller of the run has been told how it ended. */
  forget(): void {
    this.calls.clear();
    this.output.free();
  }
}
