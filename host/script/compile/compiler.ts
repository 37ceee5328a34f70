import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { refuseUnknownOptions } from "../../api/config.ts";
import { searchFolder } from "../../package-root.ts";
import { ScriptError } from "../blame/errors.ts";
import { JobFailure, type JobTrouble } from "../jobs/job.ts";
import { JobPool, type PoolOptions } from "../jobs/job-pool.ts";
import { badArgument, COMPILE_OPTIONS, type CompileOptions, readCompileOptions } from "./compile-options.ts";
import type { Job, JobResult } from "./compile-worker.ts";
import { findInstalled } from "./installed-package.ts";
import { type GivenText, languageOfPath, readScriptText, type ScriptText } from "./script-text.ts";
import { shareTexts } from "./shared-texts.ts";

/** A script as WebAssembly. */
export interface CompiledScript {
  readonly wasm: Uint8Array;
  readonly sourceMap: string;
}

/**
 * Compiles an AssemblyScript program without loading it.
 *
 * @param script Path of its entry file, or its text. It can import only files of its folder, or the given modules, this
 * package's library and `packages`.
 * @param options `asc`: the module `assemblyscript/asc`, as for a runtime
 * @throws ScriptError COMPILE_FAILED, NO_COMPILER; HttpBackgroundError BAD_ARGUMENT for a wrong option
 */
export async function compileScript(
  script: string | ScriptText,
  options: CompileOptions & { asc?: string | URL | undefined } = {},
): Promise<CompiledScript> {
  refuseUnknownOptions(options, [...COMPILE_OPTIONS, "asc"], "BAD_ARGUMENT");
  const { asc, ...others } = options;
  const compiler = new Compiler(asc);
  try {
    return await compiler.compile(readAssemblyScript(script), others);
  } finally {
    await compiler.close();
  }
}

/** A compiler needs hundreds of MiB, so there are few threads for it, and none when there is nothing to compile. */
const THREADS = {
  code: new URL("./compile-worker.js", import.meta.url),
  size: 2,
  resourceLimits: { maxOldGenerationSizeMb: 1024, maxYoungGenerationSizeMb: 64 },
  longestMs: 120_000,
  /** To load the compiler takes a second. */
  patienceMs: 5000,
} as const;

const TROUBLES: Readonly<Record<JobTrouble, string>> = {
  slow: "failed",
  memory: "needs too much memory for it",
  died: "crashed",
};

const NOT_SUSPENDABLE = "the module cannot be made suspendable: ";

/** What asc says of an import that only JavaScript has, and what to do. */
const OF_JAVASCRIPT = "~lib/http-background/guest.ts";
const ADVICE =
  '; a script in AssemblyScript imports "http-background/assembly", and one in TypeScript for the engine of JavaScript has a name that ends with .mts';

/** The application's compiler. It runs in threads of its own, because it would block everything else for a second. */
export class Compiler {
  readonly #asc: string | URL | undefined;
  readonly #packages: readonly string[];
  readonly #threads: JobPool<Job, JobResult>;

  /**
   * @param packages The packages that a script may import, if its options do not name others.
   * @param threads Other threads, for tests
   */
  constructor(
    asc?: string | URL | undefined,
    packages: readonly string[] = [],
    threads: Partial<PoolOptions> = {},
  ) {
    this.#threads = new JobPool({ ...THREADS, ...threads });
    this.#asc = asc;
    this.#packages = packages;
  }

  /** @throws ScriptError COMPILE_FAILED, NO_COMPILER; HttpBackgroundError BAD_ARGUMENT */
  async compile(given: string | GivenText, options: CompileOptions): Promise<CompiledScript> {
    const { flags, sourceMapUrl, packages = this.#packages } = readCompileOptions(options);
    const result = await this.#do({
      kind: "compile",
      asc: this.#findAsc(),
      root: searchFolder(),
      script: typeof given === "string" ? given : await shareTexts(given),
      packages,
      sourceMapUrl,
      flags,
    });
    if ("wasm" in result) return { wasm: result.wasm, sourceMap: result.sourceMap ?? "" };
    const advice = result.error.includes(OF_JAVASCRIPT) ? ADVICE : "";
    throw new ScriptError("COMPILE_FAILED", `${result.error}${advice}`, { place: result.place });
  }

  /**
   * Transforms a module so that it can be suspended.
   *
   * @param bytes In memory that threads share, or they are cloned. @returns Bytes in such memory
   * @throws ScriptError COMPILE_FAILED, NO_COMPILER
   */
  async makeSuspendable(bytes: Uint8Array): Promise<Uint8Array> {
    const result = await this.#do({ kind: "suspendable", asc: this.#findAsc(), bytes }, NOT_SUSPENDABLE);
    if ("wasm" in result) return result.wasm;
    throw new ScriptError("COMPILE_FAILED", `${NOT_SUSPENDABLE}${result.error}`);
  }

  close(): Promise<void> {
    return this.#threads.close();
  }

  /** @param consequence What it means if the compiler fails, before why it has */
  async #do(job: Job, consequence = ""): Promise<JobResult> {
    try {
      return await this.#threads.do(job);
    } catch (error) {
      if (!(error instanceof JobFailure)) throw error;
      const why = `the compiler ${TROUBLES[error.trouble]}: ${error.message}`;
      throw new ScriptError("COMPILE_FAILED", `${consequence}${why}`);
    }
  }

  /**
   * Looks from this package first, then from the working directory. Never in the script's folder, because it would run
   * code there.
   */
  #findAsc(): string {
    if (this.#asc instanceof URL) return this.#asc.href;
    if (this.#asc !== undefined) return pathToFileURL(resolve(this.#asc)).href;
    for (const from of [searchFolder(), process.cwd()]) {
      const manifest = findInstalled("assemblyscript/package.json", from);
      if (manifest !== undefined) return pathToFileURL(join(dirname(manifest), "dist", "asc.js")).href;
    }
    throw new ScriptError("NO_COMPILER", "assemblyscript is not installed: npm install assemblyscript");
  }
}

/** A program for the compiler. @throws HttpBackgroundError BAD_ARGUMENT if it is in another language */
function readAssemblyScript(script: string | ScriptText): string | GivenText {
  const given = readScript(script);
  const language = typeof given === "string" ? languageOfPath(given) : given.language;
  if (language === "assemblyscript") return given;
  throw badArgument("language", "only AssemblyScript is compiled to WebAssembly; JavaScript is run as it is");
}

/** The absolute path of a program, or its text. @throws what `readScriptText` throws */
export function readScript(script: unknown): string | GivenText {
  if (script === "") throw badArgument("path", "it is empty");
  if (typeof script === "string") return resolve(script);
  if (script instanceof URL) throw badArgument("path", "it is a URL: give fileURLToPath(url)");
  if (typeof script === "object" && script !== null && !Array.isArray(script))
    return readScriptText(script as ScriptText);
  throw badArgument("path", "it is a text, or an object with name and source");
}
