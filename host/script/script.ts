import { randomBytes } from "node:crypto";
import { refuseUnknownOptions } from "../api/config.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import type { PolicyRules } from "../api/rules.ts";
import { printable } from "../guest/confine/bytes.ts";
import { isAborted, isAbortSignal } from "../lifetime/abort-watch.ts";
import type { Clock } from "../lifetime/clock.ts";
import type { DoorAnswer, DoorRequest, HeadPlace, OpenDoor, ScriptCall, ScriptRun } from "../script-door.ts";
import { SeededRandom } from "../seeded-random.ts";
import { ScriptError } from "./blame/errors.ts";
import {
  type GivenLimits,
  isOutOfMemory,
  type Limits,
  narrowLimits,
  outOfMemory,
  readLimit,
} from "./blame/limits.ts";
import type { RunUsage } from "./blame/run-usage.ts";
import type { SourceMap } from "./blame/source-map.ts";
import { asksForHeads } from "./compute/signatures.ts";
import type { LoadedJavaScript } from "./evaluate/javascript-loader.ts";
import { readLabel } from "./label.ts";
import type { LoadedModule, UnstartedModule } from "./load/module-loader.ts";
import { checkRoom, MODULE_BASE, MODULE_SHARE } from "./load-room.ts";
import type { PageStore } from "./pages/page-store.ts";
import type { GivenCopies } from "./run/given-copies.ts";
import { type Granted, Grants } from "./run/grants.ts";
import { HEAP } from "./run/heap-budget.ts";
import type { MemoryBudget, MemoryShare } from "./run/memory-budget.ts";
import { type FailedRun, rejectionOfJavaScript, rejectionOfRun, rejectionOfStart } from "./run/rejection.ts";
import { Run, type RunOwner } from "./run/run.ts";
import type { RunParts } from "./run/run-parts.ts";
import type { ScriptValue } from "./run/script-value.ts";
import type { JavaScriptScript, WasmScript } from "./steps/script.ts";
import type { Failed, Refused } from "./steps/step.ts";
import type { ComputedRun, Computing } from "./workers/computing.ts";

/** The key of a script in WebAssembly. */
const KEY_BYTES = 16;

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

/** What a run gets. It gets nothing else. */
export interface RunOptions extends Granted {
  /** The arguments of the script, in order. Text is UTF-8. */
  args?: readonly (string | Uint8Array)[] | undefined;
  /** If it aborts, the run ends at once, in any phase. It rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * Called with output of the script, as it comes: whenever the script waits for a reply, and at the end. What it
   * throws ends the run. The whole output is in the result, too.
   */
  onOutput?: ((bytes: Buffer) => void) | undefined;
  /** Seconds for the whole run. @default limits.timeout */
  timeout?: number | undefined;
  /** What it may reach of what the runtime allows: both must allow. Its rules have no secrets. @default all of it */
  allow?: PolicyRules["allow"];
  /** What it may not reach, besides what the runtime blocks. */
  block?: PolicyRules["block"];
  /** The options that widen and that it may use, of those that the runtime allows. @default all of them */
  options?: PolicyRules["options"];
  /** Limits of the run. Where the runtime has a smaller one, that one holds. */
  limits?: GivenLimits | undefined;
  /** For whom it runs: 1 to 256 characters. The events of the run and of its calls carry it. */
  tenant?: string | undefined;
}

const RUN_OPTIONS: readonly (keyof RunOptions)[] = [
  "args",
  "files",
  "x509",
  "privateKeys",
  "signal",
  "onOutput",
  "timeout",
  "tenant",
  "allow",
  "block",
  "options",
  "limits",
];

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
export interface RuntimeContext {
  readonly limits: Limits;
  readonly door: OpenDoor;
  readonly computing: Computing;
  /** The memory of all runs. */
  readonly memory: MemoryBudget;
  readonly clock: Clock;
  /** Of all runs, in a test; else undefined. */
  readonly chance: SeededRandom | undefined;
  /** Of what is given to all runs. */
  readonly copies: GivenCopies;
  /** @throws ScriptError CLOSED */
  checkOpen(): void;
  /** Starts the run, now or later, or ends it. */
  admit(run: Run): void;
  /** Called when the run is over. */
  dismiss(run: Run): void;
}

/** What a script is made of, in whatever language it is written. @internal */
export interface ScriptParts {
  /** What those who compute its runs need. */
  readonly computed: WasmScript | JavaScriptScript;
  readonly entries: readonly string[];
  /** The entry of a run that names none. */
  readonly usualEntry: string;
  /** What its author can do if there is no entry. */
  readonly advice: string;
  /** Bytes that it takes. */
  readonly bytes: number;
  /** How its runs learn the headers of responses. */
  readonly headPlace: HeadPlace;
  readonly name: string | undefined;
  /** The error with which a run rejects whose guest has failed. */
  rejectionOf(failure: Failed, run: FailedRun): unknown;
}

/** The parts of a script that is WebAssembly. @throws HttpBackgroundError BAD_MODULE if it cannot be started @internal */
export function wasmParts(
  loaded: LoadedModule | UnstartedModule,
  sourceMap: SourceMap | undefined,
  name: string | undefined,
): ScriptParts {
  const { offsets } = loaded;
  if ("error" in loaded) throw rejectionOfStart(loaded.error, { offsets, sourceMap });
  return {
    computed: { module: loaded.module, key: randomBytes(KEY_BYTES) },
    entries: loaded.entries,
    usualEntry: "main",
    advice: "export a function without parameters",
    bytes: MODULE_BASE + loaded.originalSize * MODULE_SHARE,
    // Most scripts ask for none, and then none are kept.
    headPlace: asksForHeads(loaded.module) ? "value" : null,
    name,
    rejectionOf: (failure, run) => rejectionOfRun(failure, { run, offsets, sourceMap }),
  };
}

/** The parts of a script in JavaScript. @internal */
export function javaScriptParts(
  { engine, image, entries, name: own }: LoadedJavaScript,
  name: string | undefined = own,
): ScriptParts {
  return {
    computed: { engine, image },
    entries,
    usualEntry: "default",
    advice: "export a function",
    bytes: image.bytes.length,
    headPlace: "answer",
    name,
    rejectionOf: (failure, run) => rejectionOfJavaScript(failure, run),
  };
}

/** What an application gives to a run. */
type GivenParts = Omit<RunParts, "entry" | "resolve" | "reject">;

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
      const read = this.#tryRead(options);
      const run: Run = new Run(this, {
        ...read,
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

  #tryRead(options: RunOptions): GivenParts {
    try {
      return this.#readOptions(options);
    } catch (error) {
      throw isOutOfMemory(error) ? outOfMemory(error) : error;
    }
  }

  #readOptions(options: RunOptions): GivenParts {
    refuseUnknownOptions(options, RUN_OPTIONS, "BAD_ARGUMENT");
    const { args: given = [], signal, onOutput, timeout, tenant } = options;
    const { allow, block, options: open } = options;
    const limits = narrowLimits(this.#runtime.limits, options.limits);
    if (signal !== undefined && !isAbortSignal(signal)) throw badArgument("signal", "must be an AbortSignal");
    if (onOutput !== undefined && typeof onOutput !== "function")
      throw badArgument("onOutput", "must be a function");
    // A copy, so that nobody can change it during the run. `Array.from` also fills holes.
    const args = Array.isArray(given) ? Array.from<string | Uint8Array>(given) : [undefined];
    if (!args.every(isText)) throw badArgument("args", "must be an array of strings and bytes");
    const read = {
      signal,
      onOutput,
      tenant: readLabel("tenant", tenant),
      limits: timeout === undefined ? limits : withTimeout(limits, timeout, options.limits),
      rules: this.#runtime.door.narrow({ allow, block, options: open }),
    };
    if (signal !== undefined && isAborted(signal)) throw signal.reason;
    // Last: copies belong to the run, which gives them back.
    const { copies } = this.#runtime;
    const grants = new Grants(options, copies);
    return { ...read, grants, args: args.map((arg) => (typeof arg === "string" ? arg : copies.of(arg))) };
  }

  #checkEntry(entry: unknown): void {
    if (typeof entry !== "string")
      throw badArgument("entry", "must be the name of an exported function; options come after it");
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

/** `timeout` may be longer than that of the runtime, but not than one in the run's own `limits`. */
function withTimeout(limits: Limits, timeout: number, own: GivenLimits | undefined): Limits {
  const seconds = readLimit("timeout", timeout);
  return { ...limits, timeout: own?.timeout === undefined ? seconds : Math.min(seconds, limits.timeout) };
}

function isText(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array;
}

function badArgument(option: string, why: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", `${option}: ${why}`, { option });
}
