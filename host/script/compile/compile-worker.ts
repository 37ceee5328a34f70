// Runs in a worker thread. It compiles scripts, and transforms modules so that they can be suspended.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import SuspendableTransform from "../../../transform/index.ts";
import { makeSuspendable } from "../../../transform/suspendable.ts";
import type { Place } from "../blame/errors.ts";
import { serveJobs } from "../jobs/serve-jobs.ts";
import { type Asc, compileWith } from "./asc.ts";
import { boundMemory, CompilerCrash, isCrash } from "./compiler-crash.ts";
import { openLibrary } from "./library.ts";
import { Packages } from "./packages.ts";
import type { SharedTexts } from "./shared-texts.ts";
import { withSourceMapUrl } from "./source-map-url.ts";
import { openScriptTexts } from "./source-texts.ts";
import { openScriptFolder, Sources } from "./sources.ts";

export interface CompileJob {
  readonly kind: "compile";
  /** URL of the module `assemblyscript/asc`. */
  readonly asc: string;
  /** Packages are searched from this folder, after the working directory. */
  readonly root: string;
  /** The script, or its path. */
  readonly script: string | SharedTexts;
  /** Names of the packages that the script may import. */
  readonly packages: readonly string[];
  readonly sourceMapUrl: string;
  readonly flags: readonly string[];
}

export interface SuspendableJob {
  readonly kind: "suspendable";
  readonly asc: string;
  readonly bytes: Uint8Array;
}

export type Job = CompileJob | SuspendableJob;

export type JobResult =
  | { wasm: Uint8Array; sourceMap: string | undefined }
  | { error: string; place?: Place | undefined };

/** How many characters of the compiler's messages are kept. */
const LONGEST_LAST_WORDS = 4096;
const print = console.error;
const { exit } = process;
/** The text on standard error during this job. */
let said = "";
console.error = (...texts: unknown[]): void => {
  said = `${said}${texts.join(" ")}\n`.slice(-LONGEST_LAST_WORDS);
};
// If the compiler crashes, it prints a message and ends its process. Here it throws instead, so that the reason is
// known.
process.exit = (code) => {
  throw new CompilerCrash(said.trim() || `code ${code}`);
};
boundMemory();

async function doJob(job: Job): Promise<JobResult> {
  said = "";
  try {
    const result = job.kind === "compile" ? await compile(job) : await transform(job);
    if (said !== "") print(said.trimEnd());
    return result;
  } catch (error) {
    // The thread ends, and its memory is gone. The next job gets a compiler that is whole.
    if (isCrash(error)) {
      // Node ends the thread with it.
      process.exit = exit;
      throw error instanceof CompilerCrash ? error : new CompilerCrash(messageOf(error));
    }
    return { error: messageOf(error) };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function compile({
  asc: url,
  root,
  script: given,
  packages,
  sourceMapUrl,
  flags,
}: CompileJob): Promise<JobResult> {
  const script = typeof given === "string" ? openScriptFolder(given) : openScriptTexts(given);
  const installed = new Packages(packages, [process.cwd(), root], script.folder);
  const sources = new Sources(script, installed, openLibrary());
  const asc = ((await import(url)) as { default: Asc }).default;
  const made = await compileWith(asc, sources, {
    entry: script.entry,
    flags,
    transforms: [SuspendableTransform],
  });
  return "wasm" in made ? { ...made, wasm: withSourceMapUrl(made.wasm, sourceMapUrl) } : made;
}

/** The features that a script may use. At an instruction of any other feature, the optimiser would end the process. */
const FEATURES = [
  "MutableGlobals",
  "SignExt",
  "NontrappingFPToInt",
  "BulkMemory",
  "BulkMemoryOpt",
  "SIMD128",
  "Multivalue",
  "ReferenceTypes",
  "CallIndirectOverlong",
  "ExtendedConst",
  "RelaxedSIMD",
] as const;

type Binaryen = Parameters<typeof makeSuspendable>[0] & {
  Features: Partial<Record<(typeof FEATURES)[number], number>>;
  readBinary(bytes: Uint8Array): Parameters<typeof makeSuspendable>[1] & {
    setFeatures(features: number): void;
    emitBinary(): Uint8Array;
    dispose(): void;
  };
  setOptimizeLevel(level: number): void;
};

async function transform({ asc, bytes }: SuspendableJob): Promise<JobResult> {
  const path = createRequire(new URL(asc)).resolve("binaryen");
  const binaryen = ((await import(pathToFileURL(path).href)) as { default: Binaryen }).default;
  const module = binaryen.readBinary(bytes);
  try {
    module.setFeatures(FEATURES.reduce((all, name) => all | (binaryen.Features[name] ?? 0), 0));
    binaryen.setOptimizeLevel(2);
    makeSuspendable(binaryen, module);
    return { wasm: share(module.emitBinary()), sourceMap: undefined };
  } finally {
    module.dispose();
  }
}

/** A copy in memory that threads share. */
function share(bytes: Uint8Array): Uint8Array {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  return shared;
}

/** The memory of a module, if there is nothing else in it. */
function memoryOf(result: JobResult): ArrayBuffer[] {
  if (!("wasm" in result)) return [];
  const { buffer, byteLength } = result.wasm;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}

serveJobs(doJob, memoryOf);
