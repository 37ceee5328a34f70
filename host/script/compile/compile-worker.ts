// Runs in a worker thread: compiles scripts, and makes modules suspendable that were not made so.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type MessagePort, parentPort } from "node:worker_threads";
import SuspendableTransform from "../../../transform/index.ts";
import { makeSuspendable } from "../../../transform/suspendable.ts";
import type { Place } from "../blame/errors.ts";

export interface CompileJob {
  readonly kind: "compile";
  /** URL of the module `assemblyscript/asc`. */
  readonly asc: string;
  /** Folder of this package, whose library scripts import. */
  readonly root: string;
  /** Path of the script. */
  readonly entry: string;
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

/** As much of asc's interface as is used. */
interface Asc {
  main(
    argv: readonly string[],
    host: {
      readFile(name: string, baseDir: string): string | null;
      writeFile(name: string, contents: string | Uint8Array): void;
      listFiles(): string[];
      transforms: unknown[];
    },
  ): Promise<{ error: Error | null; stderr: { toString(): string } }>;
}

/** The library that scripts import, wherever the compiler looks for it. */
const LIBRARY = /(?:^|\/)node_modules\/http-background\/(.+)$/s;
/** Where asc says that an error is. */
const PLACE = / in (\S+)\((\d+),(\d+)\)/;
const OUTPUT = "script.wasm";

/** More of what a compiler says is forgotten. Characters. */
const LONGEST_LAST_WORDS = 4096;
const print = console.error;
/** What was said on standard error during this job. */
let said = "";
console.error = (...texts: unknown[]): void => {
  said = `${said}${texts.join(" ")}\n`.slice(-LONGEST_LAST_WORDS);
};
// A compiler that crashes says so and ends its process, of which nobody would know why.
process.exit = (code) => {
  throw new Error(`the compiler crashed: ${said.trim() || `code ${code}`}`);
};

/** @internal */
export async function doJob(job: Job): Promise<JobResult> {
  said = "";
  try {
    const result = job.kind === "compile" ? await compile(job) : await transform(job);
    if (said !== "") print(said.trimEnd());
    return result;
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function compile({ asc: url, root, entry, flags }: CompileJob): Promise<JobResult> {
  const asc = ((await import(url)) as { default: Asc }).default;
  const written = new Map<string, string | Uint8Array>();
  const baseDir = dirname(entry);
  const argv = [
    entry.slice(baseDir.length + 1),
    "--baseDir",
    baseDir,
    "--outFile",
    OUTPUT,
    "--noColors",
    ...flags,
  ];
  const { error, stderr } = await asc.main(argv, {
    readFile: (name, base) => readSource(name, base, root),
    writeFile: (name, contents) => void written.set(name, contents),
    listFiles: () => [],
    transforms: [SuspendableTransform],
  });
  const wasm = written.get(OUTPUT);
  if (error !== null || !(wasm instanceof Uint8Array)) return refusal(stderr.toString(), error);
  // It goes by the name that it is said to have.
  const [, sourceMap] = [...written].find(([name]) => name !== OUTPUT) ?? [];
  return { wasm, sourceMap: sourceMap && withoutSources(sourceMap.toString()) };
}

/** A source map names sources; that it holds their texts, too, makes it ten times larger. */
function withoutSources(sourceMap: string): string {
  return JSON.stringify({ ...JSON.parse(sourceMap), sourcesContent: undefined });
}

function refusal(text: string, error: Error | null): JobResult {
  const [, file = "", line, column] = PLACE.exec(text) ?? [];
  const place = file === "" ? undefined : { file, line: Number(line), column: Number(column) };
  return { error: text.trim() || (error?.message ?? "the compiler made nothing"), place };
}

function readSource(name: string, baseDir: string, root: string): string | null {
  const inLibrary = LIBRARY.exec(name.replaceAll("\\", "/"))?.[1];
  try {
    return readFileSync(inLibrary === undefined ? resolve(baseDir, name) : join(root, inLibrary), "utf8");
  } catch {
    return null;
  }
}

/** What a script may use. The optimiser stops the process at an instruction of a feature that it was not told of. */
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
    return { wasm: module.emitBinary(), sourceMap: undefined };
  } finally {
    module.dispose();
  }
}

const port = parentPort as MessagePort;
port.on("message", (job: Job) => void doJob(job).then((result) => port.postMessage(result)));
