import { availableParallelism } from "node:os";
import { refuseUnknownOptions } from "../api/config.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import type { HttpBackground } from "../api/http-background.ts";
import type { PolicyRules, ScriptRequest } from "../api/rules.ts";
import { WASM_PAGE } from "../guest/parked/memory.ts";
import { doorOf, isPlugin } from "../http-background.ts";
import { ABORTS } from "../lifetime/abort-watch.ts";
import type { Clock } from "../lifetime/clock.ts";
import type { ScriptDoor } from "../script-door.ts";
import { ScriptPlanner } from "../script-planner.ts";
import type { SeededRandom } from "../seeded-random.ts";
import { ScriptError } from "./blame/errors.ts";
import { type GivenLimits, type Limits, limitError, readLimits } from "./blame/limits.ts";
import { SourceMap } from "./blame/source-map.ts";
import { type CompileOptions, readPackages } from "./compile/compile-options.ts";
import { Compiler, readScript } from "./compile/compiler.ts";
import { type GivenText, languageOfPath, type ScriptText } from "./compile/script-text.ts";
import { JavaScriptLoader } from "./evaluate/javascript-loader.ts";
import { readLabel } from "./label.ts";
import { checkSize } from "./load/confined-guest.ts";
import { ModuleLoader } from "./load/module-loader.ts";
import { LoadLine, sizeOfScript } from "./load-line.ts";
import { LoadRoom } from "./load-room.ts";
import { pagesFor } from "./pages/paged-bytes.ts";
import { GivenCopies } from "./run/given-copies.ts";
import { type RuntimeMemory, takeMemory } from "./run/machine-memory.ts";
import type { MemoryBudget } from "./run/memory-budget.ts";
import type { Run } from "./run/run.ts";
import { RunQueue } from "./run/run-queue.ts";
import type { RuntimeStats } from "./runtime-stats.ts";
import { RunnableScript, type RuntimeContext, type Script } from "./script.ts";
import { javaScriptParts, type ScriptParts, wasmParts } from "./script-parts.ts";
import type { Computing } from "./workers/computing.ts";
import { OwnThread } from "./workers/own-thread.ts";
import { WorkerPool } from "./workers/worker-pool.ts";

/** What the application decides for all scripts of a runtime. */
export interface ScriptRuntimeOptions extends PolicyRules {
  /** Scripts use its threads, connections and certificates. It stays open when the runtime is closed. */
  http: HttpBackground;
  /** What scripts may reach: `scheme://host[:port]`, or rules. docs/policy.md has the grammar. @default nothing */
  allow?: PolicyRules["allow"];
  limits?: GivenLimits | undefined;
  /**
   * Number of script workers: threads in which scripts compute, so that they do not block the application. With 0,
   * scripts compute on the application's thread. At most 64. @default the number of cores less one, but 1 to 4
   */
  workers?: number | undefined;
  /**
   * Bytes that the host keeps for all runs together, see docs/script-runtime.md. Beyond it new runs wait, and the script
   * that holds most loses a run, with the code MEMORY_LIMIT. At least 1 MiB.
   * @default half of what the machine or the container has, together with all other runtimes of the process
   */
  memory?: number | undefined;
  /** Whether scripts use `http_proxy` and similar variables of the environment. @default false */
  environmentProxy?: boolean | undefined;
  /**
   * Called with every origin that a script asks for, allowed or not. The argument is in the form of an entry of
   * `allow`.
   */
  onOrigin?: ((entry: string) => void) | undefined;
  /** Called with the origin, method and path of every request that a script asks for, allowed or not. */
  onRequest?: ((request: ScriptRequest) => void) | undefined;
  /** Names of packages of AssemblyScript that scripts may import, such as `json-as`. @default none */
  packages?: readonly string[] | undefined;
  /**
   * The module `assemblyscript/asc`, as a path or a URL.
   * @default the one that this package finds, or else the one that the working directory finds
   */
  asc?: string | URL | undefined;
}

/** How a module is loaded. */
export interface LoadOptions {
  /** The compiler's source map. With it, errors have the line in the source. */
  sourceMap?: string | undefined;
  /** The script's name in events: 1 to 256 characters. @default none */
  name?: string | undefined;
}

const LOAD_OPTIONS: readonly (keyof LoadOptions)[] = ["sourceMap", "name"];

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
  refuseUnknownOptions(options, OPTIONS);
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

const OPTIONS: readonly (keyof ScriptRuntimeOptions)[] = [
  "http",
  "allow",
  "block",
  "options",
  "limits",
  "environmentProxy",
  "onOrigin",
  "onRequest",
  "packages",
  "asc",
  "workers",
  "memory",
];

/** Checks types, because the text "false" would count as true. */
function checkOptions(options: Omit<ScriptRuntimeOptions, "http">): void {
  const { environmentProxy, onOrigin, onRequest, asc } = options;
  const refuse = (option: string, kind: string): never => {
    throw new HttpBackgroundError("BAD_CONFIG", `${option}: must be ${kind}`, { option });
  };
  if (environmentProxy !== undefined && typeof environmentProxy !== "boolean")
    refuse("environmentProxy", "true or false");
  if (onOrigin !== undefined && typeof onOrigin !== "function") refuse("onOrigin", "a function");
  if (onRequest !== undefined && typeof onRequest !== "function") refuse("onRequest", "a function");
  if (asc !== undefined && typeof asc !== "string" && !(asc instanceof URL))
    refuse("asc", "the path or the URL of the module assemblyscript/asc");
}

class Runtime implements ScriptRuntime, RuntimeContext {
  readonly limits: RuntimeContext["limits"];
  readonly door: RuntimeContext["door"];
  readonly computing: Computing;
  readonly clock: Clock;
  readonly chance: SeededRandom | undefined;
  readonly copies: GivenCopies;
  readonly #memory: RuntimeMemory;
  readonly #queue: RunQueue;
  /** All runs that are not over. */
  readonly #runs = new Set<Run>();
  readonly #line: LoadLine;
  readonly #compiler: Compiler;
  readonly #loader: ModuleLoader;
  readonly #javascript: JavaScriptLoader;
  #isClosed = false;
  /** Resolves when the last run is over. */
  #quiet: Promise<void> | undefined;
  #onQuiet: (() => void) | undefined;

  constructor(door: ScriptDoor, options: Omit<ScriptRuntimeOptions, "http">, workerFile?: URL) {
    checkOptions(options);
    const { limits, asc, packages, allow, block, options: open } = options;
    const { environmentProxy, onOrigin, onRequest } = options;
    this.limits = readLimits(limits);
    const memory = readMemory(options.memory);
    this.door = door.open({ allow, block, options: open, environmentProxy, onOrigin, onRequest });
    this.clock = door.clock;
    this.chance = door.chance;
    const workers = readWorkers(options.workers ?? door.workers);
    this.computing = startComputing(door, workers, { limits: this.limits, code: workerFile });
    this.copies = new GivenCopies(this.computing.store);
    // Last, because it has to be given back.
    const { concurrentRuns, queuedRuns, memoryPages } = this.limits;
    const guests = Math.max(1, workers) * memoryPages * WASM_PAGE;
    this.#memory = takeMemory(this.computing.store, guests, memory);
    this.#queue = new RunQueue(concurrentRuns, queuedRuns, (onRoom) => this.memory.whenLess(onRoom));
    this.#line = new LoadLine(this.limits, this.memory);
    this.#compiler = new Compiler(asc, readPackages(packages));
    const { isElsewhere } = this.computing;
    this.#loader = new ModuleLoader(this.limits, this.#compiler, {
      isElsewhere,
      room: new LoadRoom(this.memory),
    });
    this.#javascript = new JavaScriptLoader(this.limits, { isElsewhere });
  }

  async compile(script: string | ScriptText, options: CompileOptions = {}): Promise<Script> {
    this.checkOpen();
    const given = readScript(script);
    const name = typeof given === "string" ? given : (script as ScriptText).name;
    const language = typeof given === "string" ? languageOfPath(given) : given.language;
    if (language !== "assemblyscript") {
      refuseUnknownOptions(options, [], "BAD_ARGUMENT");
      const isTyped = language === "typescript";
      return this.#line.load(sizeOfScript(given), () => this.#loadJavaScript(given, isTyped, name));
    }
    return this.#line.load(sizeOfScript(given), async () => {
      const { wasm, sourceMap } = await this.#compiler.compile(given, options);
      return this.#load(wasm, readSourceMap(sourceMap), name);
    });
  }

  async load(bytes: Uint8Array, options: LoadOptions = {}): Promise<Script> {
    this.checkOpen();
    refuseUnknownOptions(options, LOAD_OPTIONS, "BAD_ARGUMENT");
    const [sourceMap, name] = [readSourceMap(options.sourceMap), readLabel("name", options.name)];
    checkSize(bytes);
    return this.#line.load(bytes.length, () => this.#load(bytes, sourceMap, name));
  }

  async #load(
    bytes: Uint8Array,
    sourceMap: SourceMap | undefined,
    name: string | undefined,
  ): Promise<Script> {
    return this.#open(async () => wasmParts(await this.#loader.load(bytes), sourceMap, name));
  }

  async #loadJavaScript(script: string | GivenText, isTyped: boolean, name: string): Promise<Script> {
    return this.#open(async () => javaScriptParts(await this.#javascript.load(script, isTyped), name));
  }

  async #open(load: () => Promise<ScriptParts>): Promise<Script> {
    // Meanwhile, what computes can start.
    const [parts] = await Promise.all([load(), this.computing.ready()]);
    this.checkOpen();
    return new RunnableScript(parts, this);
  }

  get memory(): MemoryBudget {
    return this.#memory.budget;
  }

  checkOpen(): void {
    if (this.#isClosed) throw new ScriptError("CLOSED", "the script runtime is closed");
  }

  admit(run: Run): void {
    const { signal } = run.books.parts;
    this.#runs.add(run);
    if (signal !== undefined) ABORTS.add(signal, run);
    run.announce();
    if (!run.books.isOver && !this.#queue.join(run))
      run.end(limitError("queuedRuns", this.limits.queuedRuns));
  }

  dismiss(run: Run): void {
    const { signal } = run.books.parts;
    this.#runs.delete(run);
    if (signal !== undefined) ABORTS.forget(signal, run);
    this.#queue.leave(run);
    if (this.#runs.size > 0) return;
    this.computing.store.shrink(MOST_SPARE);
    this.#onQuiet?.();
  }

  stats(): RuntimeStats {
    let waiting = 0;
    let parkedBytes = 0;
    let cpuMs = 0;
    for (const run of this.#runs) {
      if (run.isWaiting) waiting++;
      parkedBytes += run.books.holdings.parkedBytes;
      cpuMs += run.books.usage.cpuMs;
    }
    const { inside: running, length: queued } = this.#queue;
    const { workers } = this.computing;
    const { used: memoryBytes, limit: memoryLimit } = this.memory;
    return { queued, running, waiting, parkedBytes, cpuMs, memoryBytes, memoryLimit, workers };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#compiler.close(), this.#loader.close(), this.#javascript.close()]);
    if (this.#runs.size > 0) {
      this.#quiet ??= new Promise<void>((resolve) => {
        this.#onQuiet = resolve;
      });
      await this.#quiet;
    }
    await this.computing.close();
    this.#memory.release();
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    // The last run first, because the end of a run lets the next one start.
    for (const run of [...this.#runs].reverse()) {
      run.end(new ScriptError("CLOSED", "the script runtime was closed"));
    }
    await this.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Maximum number of workers of a runtime. */
const MOST_WORKERS = 64;

function readWorkers(workers: unknown = Math.min(4, Math.max(1, availableParallelism() - 1))): number {
  const isCount = typeof workers === "number" && Number.isInteger(workers);
  if (isCount && workers >= 0 && workers <= MOST_WORKERS) return workers;
  const message = `workers: must be a whole number from 0 to ${MOST_WORKERS}`;
  throw new HttpBackgroundError("BAD_CONFIG", message, { option: "workers" });
}

/** Bytes that a runtime without runs keeps for the next ones. */
const MOST_SPARE = 1 << 26;

/** Minimum of `memory`. */
const LEAST_MEMORY = 1 << 20;

function readMemory(memory: unknown): number | undefined {
  if (memory === undefined) return undefined;
  if (typeof memory === "number" && Number.isSafeInteger(memory) && memory >= LEAST_MEMORY) return memory;
  const message = `memory: must be a whole number of bytes, from ${LEAST_MEMORY}`;
  throw new HttpBackgroundError("BAD_CONFIG", message, { option: "memory" });
}

function startComputing(
  { plugin, network }: ScriptDoor,
  workers: number,
  { limits, code }: { limits: Limits; code: URL | undefined },
): Computing {
  if (workers === 0) return new OwnThread(new ScriptPlanner(plugin));
  const bytes = limits.memoryPages * WASM_PAGE * STEP_SHARE + limits.outputBytes;
  const pagesForStep = pagesFor(Math.min(bytes, MOST_LENT));
  return new WorkerPool(workers, { plugin: plugin.module, threads: network.ids, pagesForStep }, code);
}

/** What a step puts into pages besides its output, in times of the guest's memory: the suspended guest, and what it posts. */
const STEP_SHARE = 67 / 64 + 1;
/** Bytes that a worker is lent for one step. What is longer goes in messages. */
const MOST_LENT = 1 << 26;

function readSourceMap(text: unknown): SourceMap | undefined {
  if (text === undefined) return undefined;
  if (typeof text === "string") return new SourceMap(text);
  throw new HttpBackgroundError("BAD_ARGUMENT", "sourceMap: must be text", { option: "sourceMap" });
}
