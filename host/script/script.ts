import { HttpBackgroundError } from "../api/errors.ts";
import type { DoorAnswer, HeadPlace } from "../door/script-answer.ts";
import type { DoorRequest, ScriptCall, ScriptRun } from "../door/script-call.ts";
import type { Chance, OpenDoor } from "../door/script-door.ts";
import { printable } from "../guest/confine/bytes.ts";
import type { Clock } from "../lifetime/clock.ts";
import { SeededRandom } from "../seeded-random.ts";
import { ScriptError } from "./blame/errors.ts";
import { isOutOfMemory, outOfMemory } from "./blame/limits.ts";
import type { RunUsage } from "./blame/run-usage.ts";
import { checkRoom } from "./load-room.ts";
import type { PageStore } from "./pages/page-store.ts";
import { HEAP } from "./run/heap-budget.ts";
import type { MemoryBudget } from "./run/memory-budget.ts";
import type { MemoryShare } from "./run/memory-share.ts";
import type { FailedRun } from "./run/rejection.ts";
import { Run, type RunOwner } from "./run/run.ts";
import type { ScriptValue } from "./run/script-value.ts";
import { type RunGround, type RunOptions, readRunOptions } from "./run-options.ts";
import type { ScriptParts } from "./script-parts.ts";
import type { Failed, Refused } from "./steps/step.ts";
import type { ComputedRun, Computing } from "./workers/computing.ts";

let scripts = 0;

/** When nobody has a script any more, the workers forget it. */
const UNUSED = new FinalizationRegistry<Leavings>(({ computing, number, memory, bytes }) => {
  computing.removeScript(number);
  memory.hold(-bytes);
});

interface Leavings {
  readonly computing: Computing;
  readonly number: number;
  readonly memory: MemoryBudget;
  readonly bytes: number;
}

/** The result of a run that was not ended early. */
export interface RunResult {
  /** The output of the script, as text. */
  readonly output: string;
  readonly outputBytes: Buffer;
  /**
   * The return value of the entry; undefined if it has none. Of a script in JavaScript, it is what the entry has returned
   * or promised.
   */
  readonly result: ScriptValue;
  readonly usage: RunUsage;
}

/** A script that is loaded. */
export interface Script {
  /** The names that `run` accepts: those of exported functions, in WebAssembly of those without parameters. */
  readonly entries: readonly string[];
  /**
   * Runs the script from the beginning of `entry`. Any number of runs can go on at the same time. No run can see
   * anything of another run. Without `entry`, it runs `main`, or in JavaScript the default export.
   *
   * @throws ScriptError; HttpBackgroundError BAD_ARGUMENT for a wrong option; the signal's reason
   */
  run(entry?: string, options?: RunOptions): Promise<RunResult>;
}

/** What the scripts of a runtime have in common. @internal */
export interface RuntimeContext extends RunGround {
  readonly door: OpenDoor;
  readonly computing: Computing;
  /** The memory of all runs. */
  readonly memory: MemoryBudget;
  readonly clock: Clock;
  /** Of all runs, in a test; else undefined. */
  readonly chance: Chance | undefined;
  /** @throws ScriptError CLOSED */
  checkOpen(): void;
  /** Starts the run, now or later, or ends it. */
  admit(run: Run): void;
  /** Called when the run is over. */
  dismiss(run: Run): void;
}

/** A script, and what its runs have in common. @internal */
export class RunnableScript implements Script, RunOwner {
  readonly number = ++scripts;
  readonly name: string | undefined;
  readonly entries: readonly string[];
  readonly isElsewhere: boolean;
  readonly headPlace: HeadPlace;
  readonly memory: MemoryShare;
  readonly heap = HEAP.newShare();
  readonly clock: Clock;
  readonly store: PageStore;
  readonly #known: ReadonlySet<string>;
  readonly #runtime: RuntimeContext;
  readonly #parts: ScriptParts;

  constructor(parts: ScriptParts, runtime: RuntimeContext) {
    this.name = parts.name;
    this.#known = new Set(parts.entries);
    this.entries = [...parts.entries];
    this.#runtime = runtime;
    this.#parts = parts;
    this.isElsewhere = runtime.computing.isElsewhere;
    this.headPlace = parts.headPlace;
    this.clock = runtime.clock;
    this.memory = runtime.memory.newShare();
    this.store = runtime.computing.store;
    const { computing, memory } = runtime;
    checkRoom(memory, parts.bytes);
    computing.addScript(this.number, { ...parts.computed, limits: runtime.limits });
    const { bytes } = parts;
    memory.hold(bytes);
    UNUSED.register(this, { computing, number: this.number, memory, bytes });
  }

  run(entry = this.#parts.usualEntry, options: RunOptions = {}): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      this.#runtime.checkOpen();
      this.#checkEntry(entry);
      const given = readRunOptions(options, this.#runtime);
      const run: Run = new Run(this, {
        ...given,
        entry,
        resolve: (result) => {
          try {
            resolve(makeResult(run, result));
          } catch (error) {
            reject(isOutOfMemory(error) ? outOfMemory(error) : error);
          }
        },
        reject,
      });
      this.#runtime.admit(run);
    });
  }

  newChance(): SeededRandom | undefined {
    const { chance } = this.#runtime;
    return chance && new SeededRandom(chance.seed());
  }

  submit(run: ComputedRun): void {
    this.#runtime.computing.submit(run);
  }

  perform(
    request: DoorRequest,
    run: ScriptRun,
    call: ScriptCall,
    onAnswer: (answer: DoorAnswer) => void,
  ): void {
    this.#runtime.door.perform(request, run, call, onAnswer);
  }

  explain({ answer, id }: Pick<Refused, "answer" | "id">): HttpBackgroundError | undefined {
    return this.#runtime.door.explain(answer, id);
  }

  rejectionOf(failure: Failed, run: FailedRun): unknown {
    return this.#parts.rejectionOf(failure, run);
  }

  onEnd(run: Run): void {
    this.#runtime.computing.forget(run);
    this.#runtime.dismiss(run);
  }

  #checkEntry(entry: unknown): void {
    if (typeof entry !== "string") {
      const message = "entry: must be the name of an exported function; options come after it";
      throw new HttpBackgroundError("BAD_ARGUMENT", message, { option: "entry" });
    }
    if (this.#known.has(entry)) return;
    const names = this.entries.map((name) => `"${name}"`).join(", ");
    const advice = names === "" ? this.#parts.advice : `its entries are ${names}`;
    throw new ScriptError("NO_ENTRY", printable(`the script has no entry "${entry}"; ${advice}`));
  }
}

function makeResult(run: Run, result: ScriptValue): RunResult {
  const { bytes } = run.books.output;
  return { output: bytes.toString("utf8"), outputBytes: bytes, result, usage: run.books.usage.copy() };
}
