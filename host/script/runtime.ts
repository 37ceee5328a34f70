import { refuseUnknownOptions } from "../api/config.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import type { ScriptDoor } from "../door/script-door.ts";
import { WASM_PAGE } from "../guest/parked/memory.ts";
import { doorOf, isPlugin } from "../http-background.ts";
import type { Clock } from "../lifetime/clock.ts";
import { ScriptError } from "./blame/errors.ts";
import { readLimits } from "./blame/limits.ts";
import { type CompileOptions, readPackages } from "./compile/compile-options.ts";
import type { ScriptText } from "./compile/script-text.ts";
import { LiveRuns } from "./live-runs.ts";
import { GivenCopies } from "./run/given-copies.ts";
import { type RuntimeMemory, takeMemory } from "./run/machine-memory.ts";
import type { MemoryBudget } from "./run/memory-budget.ts";
import type { Run } from "./run/run.ts";
import {
  RUNTIME_OPTIONS,
  readMemory,
  readWorkers,
  refuseWrongTypes,
  type ScriptRuntimeOptions,
} from "./runtime-options.ts";
import type { RuntimeStats } from "./runtime-stats.ts";
import type { RuntimeContext, Script } from "./script.ts";
import { type LoadOptions, ScriptLoader } from "./script-loader.ts";
import { startComputing } from "./start-computing.ts";
import type { Computing } from "./workers/computing.ts";

/** Bytes that a runtime without runs keeps for the next ones. */
const MOST_SPARE = 1 << 26;

/** Runs scripts that nobody trusts. */
export interface ScriptRuntime extends AsyncDisposable {
  /**
   * Loads a program in JavaScript (.js, .mjs) or TypeScript (.mts), or compiles one in AssemblyScript, in memory, and
   * loads it.
   *
   * @param script Path of its entry file, or an object with its text. It can import only files of its folder, or the
   * modules of the object, this package's library and `packages`. For a link, its target counts.
   * @param options For AssemblyScript
   * @throws ScriptError COMPILE_FAILED with the compiler's message, or with the name of a forbidden import; NO_COMPILER; QUEUE_LIMIT;
   * for JavaScript also what its top-level code does wrong: SCRIPT_ABORTED, COMPUTE_LIMIT, MEMORY_LIMIT;
   * HttpBackgroundError BAD_ARGUMENT, which names the wrong option
   */
  compile(script: string | ScriptText, options?: CompileOptions): Promise<Script>;
  /**
   * Loads WebAssembly: a module that the compiler made with our transform, or any module that follows docs/abi.md. A
   * module that cannot be suspended is transformed, if `assemblyscript` is installed.
   *
   * @throws HttpBackgroundError BAD_MODULE, which says what is wrong with the module; ScriptError QUEUE_LIMIT, MEMORY_LIMIT
   */
  load(bytes: Uint8Array, options?: LoadOptions): Promise<Script>;
  /** The numbers of this moment. Its time grows with the number of runs: ten thousand take less than a millisecond. */
  stats(): RuntimeStats;
  /** Refuses new runs, and waits until the others have ended. */
  close(): Promise<void>;
  /** Ends all runs, with the code CLOSED. */
  destroy(): Promise<void>;
}

/**
 * Makes a runtime for scripts.
 *
 * @throws HttpBackgroundError BAD_CONFIG, which names the wrong option
 */
export function createScriptRuntime(options: ScriptRuntimeOptions): ScriptRuntime {
  if (isPlugin(options)) {
    const message = "http: it is a member of the options: createScriptRuntime({ http })";
    throw new HttpBackgroundError("BAD_CONFIG", message, { option: "http" });
  }
  refuseUnknownOptions(options, RUNTIME_OPTIONS);
  return createRuntimeAt(doorOf(options.http), options);
}

/** Like `createScriptRuntime`, but with another door, and another first module of workers. @internal */
export function createRuntimeAt(
  door: ScriptDoor,
  options: Omit<ScriptRuntimeOptions, "http">,
  workerFile?: URL,
): ScriptRuntime {
  return new Runtime(door, options, workerFile);
}

class Runtime implements ScriptRuntime, RuntimeContext {
  readonly limits: RuntimeContext["limits"];
  readonly door: RuntimeContext["door"];
  readonly computing: Computing;
  readonly clock: Clock;
  readonly chance: RuntimeContext["chance"];
  readonly copies: GivenCopies;
  readonly #memory: RuntimeMemory;
  readonly #runs: LiveRuns;
  readonly #loader: ScriptLoader;
  #isClosed = false;

  constructor(door: ScriptDoor, options: Omit<ScriptRuntimeOptions, "http">, workerFile?: URL) {
    refuseWrongTypes(options);
    const { asc, allow, block, options: open, environmentProxy, onOrigin, onRequest } = options;
    this.limits = readLimits(options.limits);
    const memory = readMemory(options.memory);
    this.door = door.open({ allow, block, options: open, environmentProxy, onOrigin, onRequest });
    this.clock = door.clock;
    this.chance = door.chance;
    const workers = readWorkers(options.workers ?? door.workers);
    const packages = readPackages(options.packages);
    this.computing = startComputing(door, workers, { limits: this.limits, code: workerFile });
    const { store } = this.computing;
    this.copies = new GivenCopies(store);
    // After all that may throw, because it has to be given back.
    const guests = Math.max(1, workers) * this.limits.memoryPages * WASM_PAGE;
    this.#memory = takeMemory(store, guests, memory);
    const whenRoom = (onRoom: () => void): void => this.memory.whenLess(onRoom);
    this.#runs = new LiveRuns(this.limits, whenRoom, () => store.shrink(MOST_SPARE));
    this.#loader = new ScriptLoader(this, asc, packages);
  }

  get memory(): MemoryBudget {
    return this.#memory.budget;
  }

  async compile(script: string | ScriptText, options: CompileOptions = {}): Promise<Script> {
    this.checkOpen();
    return this.#loader.compile(script, options);
  }

  async load(bytes: Uint8Array, options: LoadOptions = {}): Promise<Script> {
    this.checkOpen();
    return this.#loader.load(bytes, options);
  }

  checkOpen(): void {
    if (this.#isClosed) throw new ScriptError("CLOSED", "the script runtime is closed");
  }

  admit(run: Run): void {
    this.#runs.add(run);
  }

  dismiss(run: Run): void {
    this.#runs.remove(run);
  }

  stats(): RuntimeStats {
    const { workers } = this.computing;
    const { used: memoryBytes, limit: memoryLimit } = this.memory;
    return { ...this.#runs.stats(), memoryBytes, memoryLimit, workers };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#loader.close();
    await this.#runs.whenQuiet();
    await this.computing.close();
    this.#memory.release();
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    this.#runs.endAll(() => new ScriptError("CLOSED", "the script runtime was closed"));
    await this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
