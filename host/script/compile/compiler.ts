import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Lru } from "../../collections/lru.ts";
import { moduleUrl, PACKAGE_ROOT } from "../../package-root.ts";
import { ScriptError } from "../blame/errors.ts";
import type { Job, JobResult } from "./compile-worker.ts";
import { WorkerQueue } from "./worker-queue.ts";

/** How a script is compiled. */
export interface CompileOptions {
  /** AssemblyScript's runtime: collects garbage as it goes, only when asked to, or never. @default "incremental" */
  runtime?: "incremental" | "minimal" | "stub" | undefined;
  /** 0 compiles fastest, 3 runs fastest. @default 3 */
  optimizeLevel?: 0 | 1 | 2 | 3 | undefined;
  /** Where the module says that its source map is. @default "./script.wasm.map" */
  sourceMapUrl?: string | undefined;
}

/** A script as WebAssembly. */
export interface CompiledScript {
  readonly wasm: Uint8Array;
  readonly sourceMap: string;
}

/**
 * Compiles an AssemblyScript program without loading it.
 *
 * @param options `asc`: the module `assemblyscript/asc`, as for a runtime
 * @throws ScriptError COMPILE_FAILED, NO_COMPILER
 */
export async function compileScript(
  path: string,
  options: CompileOptions & { asc?: string | URL | undefined } = {},
): Promise<CompiledScript> {
  const compiler = new Compiler(options.asc);
  try {
    return await compiler.compile(path, options);
  } finally {
    await compiler.close();
  }
}

/** This package, whose library scripts import. */
const ROOT = fileURLToPath(PACKAGE_ROOT);

/** Modules that were made suspendable are kept, and not all of them for ever. */
const MOST_REMEMBERED = 100;

/** The compiler of the application, at work in a thread of its own: it would hold up everything else for a second. */
export class Compiler {
  readonly #asc: string | URL | undefined;
  /** Modules that were made suspendable, by the hash of what they were. */
  readonly #suspendable = new Lru<string, Promise<Uint8Array>>(MOST_REMEMBERED);
  readonly #workers = new WorkerQueue<Job, JobResult>(
    moduleUrl(new URL("./compile-worker.js", import.meta.url)),
  );

  constructor(asc?: string | URL | undefined) {
    this.#asc = asc;
  }

  /** @throws ScriptError COMPILE_FAILED, NO_COMPILER */
  async compile(path: string, options: CompileOptions): Promise<CompiledScript> {
    const entry = resolve(path);
    const { runtime = "incremental", optimizeLevel = 3, sourceMapUrl = "./script.wasm.map" } = options;
    const result = await this.#workers.do({
      kind: "compile",
      asc: this.#findAsc(dirname(entry)),
      root: ROOT,
      entry,
      flags: ["--sourceMap", sourceMapUrl, "--runtime", runtime, "--optimizeLevel", String(optimizeLevel)],
    });
    if ("wasm" in result) return { wasm: result.wasm, sourceMap: result.sourceMap ?? "" };
    throw new ScriptError("COMPILE_FAILED", result.error, { place: result.place });
  }

  /** Makes a module suspendable that was not made so; the same one once. @throws ScriptError COMPILE_FAILED, NO_COMPILER */
  makeSuspendable(bytes: Uint8Array): Promise<Uint8Array> {
    const hash = createHash("sha256").update(bytes).digest("base64");
    const known = this.#suspendable.get(hash);
    if (known !== undefined) return known;
    const made = this.#transform(bytes);
    this.#suspendable.set(hash, made);
    made.catch(() => this.#suspendable.delete(hash));
    return made;
  }

  close(): Promise<void> {
    return this.#workers.close();
  }

  async #transform(bytes: Uint8Array): Promise<Uint8Array> {
    const result = await this.#workers.do({ kind: "suspendable", asc: this.#findAsc(process.cwd()), bytes });
    if ("wasm" in result) return result.wasm;
    throw new ScriptError("COMPILE_FAILED", `the module cannot be made suspendable: ${result.error}`);
  }

  /** The script's project comes first, then the application, then this package. */
  #findAsc(folder: string): string {
    if (this.#asc instanceof URL) return this.#asc.href;
    if (this.#asc !== undefined) return pathToFileURL(resolve(this.#asc)).href;
    for (const from of [folder, process.cwd(), ROOT]) {
      const manifest = findManifest(from);
      if (manifest !== undefined) return pathToFileURL(join(dirname(manifest), "dist", "asc.js")).href;
    }
    throw new ScriptError(
      "NO_COMPILER",
      `assemblyscript is not installed for ${folder}: npm install assemblyscript`,
    );
  }
}

function findManifest(folder: string): string | undefined {
  try {
    return createRequire(join(folder, "script.js")).resolve("assemblyscript/package.json");
  } catch {
    return undefined;
  }
}
