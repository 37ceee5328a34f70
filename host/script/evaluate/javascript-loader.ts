import { resolve } from "node:path";
import type { DetachedFiber } from "../../guest/engine/instance.ts";
import type { EngineImage } from "../../guest/javascript/module-rules.ts";
import { searchFolder } from "../../package-root.ts";
import { type ErrorRecord, restoreError } from "../blame/error-record.ts";
import { ScriptError } from "../blame/errors.ts";
import { Fault } from "../blame/fault.ts";
import { rejectionOfLoad } from "../blame/javascript.ts";
import { isAllocationFailure, type Limits, outOfMemory } from "../blame/limits.ts";
import type { GivenText } from "../compile/script-text.ts";
import { shareTexts } from "../compile/shared-texts.ts";
import { JobFailure } from "../jobs/job.ts";
import { JobPool } from "../jobs/job-pool.ts";
import { doJavaScriptJob, type JavaScriptJob, type JavaScriptOutcome } from "./load-job.ts";
import { findStripper } from "./strip-types.ts";

/** Threads that load scripts. */
const THREADS = {
  code: new URL("./load-thread.js", import.meta.url),
  size: 2,
  longestMs: 30_000,
  patienceMs: 1000,
  resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 },
} as const;

/** The engine and its library have 28 pages, and to compile the library takes more. */
const LEAST_PAGES = 48;

function tooFewPages(pages: number): ScriptError {
  const message = `the script was not loaded: JavaScript needs ${LEAST_PAGES} pages of memory, and it may have ${pages} (limits.memoryPages)`;
  return new ScriptError("MEMORY_LIMIT", message);
}

/** A script in JavaScript, in the form in which every thread can run it. */
export interface LoadedJavaScript {
  readonly engine: EngineImage;
  readonly image: DetachedFiber;
  readonly entries: readonly string[];
  /** The name of its main module. */
  readonly name: string;
}

export interface JavaScriptLoaderOptions {
  /** Whether other threads load scripts, and run them. Else the engine is confined. */
  readonly isElsewhere: boolean;
}

/** Loads scripts in JavaScript, for one runtime. The engine is started with the first one. */
export class JavaScriptLoader {
  readonly #limits: Limits;
  readonly #isElsewhere: boolean;
  readonly #threads: JobPool<JavaScriptJob, JavaScriptOutcome> | undefined;
  #engine: Promise<EngineImage> | undefined;

  constructor(limits: Limits, { isElsewhere }: JavaScriptLoaderOptions) {
    this.#limits = limits;
    this.#isElsewhere = isElsewhere;
    this.#threads = isElsewhere ? new JobPool(THREADS) : undefined;
  }

  /**
   * @param script Its path, or its texts
   * @throws ScriptError COMPILE_FAILED, SCRIPT_ABORTED, COMPUTE_LIMIT, MEMORY_LIMIT, NO_COMPILER, CLOSED
   */
  async load(script: string | GivenText, isTyped: boolean): Promise<LoadedJavaScript> {
    if (this.#limits.memoryPages < LEAST_PAGES) throw tooFewPages(this.#limits.memoryPages);
    this.#engine ??= this.#start();
    const engine = await this.#engine;
    const outcome = await this.#do({
      kind: "script",
      engine,
      script: typeof script === "string" ? resolve(script) : await shareTexts(script),
      isTyped,
      computeMs: this.#limits.computeMs,
      stripper: findStripper([searchFolder(), process.cwd()]),
    });
    if (outcome.kind !== "script") throw this.#failureOf(outcome);
    const { image, entries, name } = outcome;
    return { engine, image, entries, name };
  }

  /** Ends all threads. What they load rejects with CLOSED. */
  async close(): Promise<void> {
    await this.#threads?.close();
  }

  async #start(): Promise<EngineImage> {
    try {
      const { memoryPages } = this.#limits;
      const [wasm, prelude] = await readEngine();
      const isConfined = !this.#isElsewhere;
      const outcome = await this.#do({ kind: "image", wasm, prelude, memoryPages, isConfined });
      if (outcome.kind !== "image") throw this.#failureOf(outcome);
      return outcome.engine;
    } catch (error) {
      this.#engine = undefined;
      throw error;
    }
  }

  async #do(job: JavaScriptJob): Promise<JavaScriptOutcome> {
    if (this.#threads === undefined) return doJavaScriptJob(job);
    try {
      return await this.#threads.do(job);
    } catch (error) {
      if (!(error instanceof JobFailure)) throw error;
      throw new ScriptError("COMPILE_FAILED", `the script was not loaded: ${error.message}`);
    }
  }

  #failureOf(outcome: JavaScriptOutcome): unknown {
    const error = restoreError((outcome as { error: ErrorRecord }).error);
    if (error instanceof Fault) return rejectionOfLoad(error, this.#limits);
    if (error instanceof ScriptError) return error;
    if (isAllocationFailure(error)) return outOfMemory(error);
    return new ScriptError("COMPILE_FAILED", error.message, { cause: error });
  }
}

/** Both are large, so they are loaded with the first script only. */
async function readEngine(): Promise<[wasm: Uint8Array, prelude: string]> {
  const { readQuickJsWasm } = await import("../../guest/javascript/quickjs-wasm.ts");
  const { readPrelude } = await import("../javascript/prelude-text.ts");
  return Promise.all([readQuickJsWasm(), readPrelude()]);
}
