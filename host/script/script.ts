import { refuseUnknownOptions } from "../api/config.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import { printable } from "../guest/confine/bytes.ts";
import { Engine } from "../guest/engine/engine.ts";
import type { Answer, Fiber } from "../guest/engine/fiber.ts";
import type { ScriptRequest } from "../guest/wire/script-request.ts";
import { isAborted, isAbortSignal } from "../lifetime/abort-watch.ts";
import type { OpenDoor } from "../script-door.ts";
import { ScriptError } from "./blame/errors.ts";
import type { SourceMap } from "./blame/source-map.ts";
import type { LoadedGuest } from "./load/guest-loader.ts";
import { type Granted, Grants } from "./run/grants.ts";
import { ENVIRONMENT, FUNCTIONS } from "./run/imports.ts";
import { type Limits, readLimit } from "./run/limits.ts";
import { rejectionOfRun, rejectionOfStart } from "./run/rejection.ts";
import { type EntryResult, Run, type RunOwner, type RunParts } from "./run/run.ts";

/** A suspended run with more bytes than this is not copied: it keeps its instance. */
const KEEP_ABOVE = 256 * 1024;

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
}

const RUN_OPTIONS: readonly (keyof RunOptions)[] = [
  "args",
  "files",
  "x509",
  "privateKeys",
  "signal",
  "onOutput",
  "timeout",
];

/** The result of a run that was not ended early. */
export interface RunResult {
  /** The output of the script, as text. */
  readonly output: string;
  readonly outputBytes: Buffer;
  /** The return value of the entry; undefined if it has none. */
  readonly result: number | bigint | undefined;
}

/** A script that is loaded. */
export interface Script {
  /** The names that `run` accepts: those of exported functions without parameters. */
  readonly entries: readonly string[];
  /**
   * Runs the script from the beginning of `entry`. Any number of runs can go on at the same time. No run can see
   * anything of another run.
   *
   * @throws ScriptError; HttpBackgroundError BAD_ARGUMENT for a wrong option; the signal's reason
   */
  run(entry?: string, options?: RunOptions): Promise<RunResult>;
}

/** What the scripts of a runtime have in common. */
export interface RuntimeContext {
  readonly limits: Limits;
  readonly door: OpenDoor;
  /** @throws ScriptError CLOSED */
  checkOpen(): void;
  /** Starts the run, now or later, or ends it. */
  admit(run: Run): void;
  /** Called when the run is over. */
  dismiss(run: Run): void;
}

/** A script, and the engine that all its runs share. */
export class RunnableScript implements Script, RunOwner {
  readonly entries: readonly string[];
  readonly #known: ReadonlySet<string>;
  readonly #runtime: RuntimeContext;
  readonly #engine: Engine<Run>;

  /** @throws HttpBackgroundError BAD_MODULE if it cannot be started */
  constructor({ guest, entries, offsets }: LoadedGuest, runtime: RuntimeContext, sourceMap?: SourceMap) {
    this.#known = entries;
    this.entries = [...entries];
    this.#runtime = runtime;
    try {
      this.#engine = new Engine<Run>(guest, {
        functions: FUNCTIONS,
        env: ENVIRONMENT,
        unwindAreaSize: runtime.limits.stackBytes,
        keepAbove: KEEP_ABOVE,
        answerTo: () => runtime.door.failure,
        toRejection: (error, instance, run) => rejectionOfRun(error, { instance, run, offsets, sourceMap }),
      });
    } catch (error) {
      throw rejectionOfStart(error, { offsets, sourceMap });
    }
  }

  run(entry = "main", options: RunOptions = {}): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      this.#runtime.checkOpen();
      this.#checkEntry(entry);
      const read = this.#readOptions(options);
      if (read.signal !== undefined && isAborted(read.signal)) throw read.signal.reason;
      const run: Run = new Run(this, {
        ...read,
        name: entry,
        resolve: (result) => resolve(makeResult(run, result)),
        reject,
      });
      this.#runtime.admit(run);
    });
  }

  start(run: Run): Fiber<EntryResult, Run> {
    return this.#engine.start(run);
  }

  abandon(fiber: Fiber<EntryResult, Run>, reason: unknown): void {
    this.#engine.abandon(fiber, reason);
  }

  call(request: ScriptRequest, run: Run, answer: Answer): void {
    this.#runtime.door.call(request, run, answer);
  }

  onEnd(run: Run): void {
    this.#runtime.dismiss(run);
  }

  #readOptions(options: RunOptions): Pick<RunParts, "texts" | "grants" | "limits" | "signal" | "onOutput"> {
    refuseUnknownOptions(options, RUN_OPTIONS, "BAD_ARGUMENT");
    const { args = [], signal, onOutput, timeout } = options;
    const { limits } = this.#runtime;
    if (signal !== undefined && !isAbortSignal(signal)) throw badArgument("signal");
    if (onOutput !== undefined && typeof onOutput !== "function") throw badArgument("onOutput");
    // A copy, so that nobody can change it during the run. `Array.from` also fills holes.
    const texts = Array.isArray(args) ? Array.from<string | Uint8Array>(args) : [undefined];
    if (!texts.every(isText)) throw badArgument("args");
    return {
      texts,
      signal,
      onOutput,
      grants: new Grants(options),
      limits: timeout === undefined ? limits : { ...limits, timeout: readLimit("timeout", timeout) },
    };
  }

  #checkEntry(entry: string): void {
    if (this.#known.has(entry)) return;
    const names = this.entries.map((name) => `"${name}"`).join(", ");
    const advice = names === "" ? "export a function without parameters" : `its entries are ${names}`;
    throw new ScriptError("NO_ENTRY", printable(`the script has no entry "${String(entry)}"; ${advice}`));
  }
}

function makeResult(run: Run, result: EntryResult): RunResult {
  const { text, bytes } = run.output;
  return { output: text, outputBytes: bytes, result };
}

function isText(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array;
}

function badArgument(option: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", `Bad ${option}`, { option });
}
