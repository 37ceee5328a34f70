import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Compiled, Job, JobResult } from "./compile-worker.ts";
import { ScriptError } from "./errors.ts";
import { Workshop } from "./workshop.ts";

/** How a script is compiled. */
export interface CompileOptions {
  /** AssemblyScript's runtime: collects garbage as it goes, only when asked to, or never. @default "incremental" */
  runtime?: "incremental" | "minimal" | "stub" | undefined;
  /** 0 compiles fastest, 3 runs fastest. @default 3 */
  optimizeLevel?: 0 | 1 | 2 | 3 | undefined;
}

/** This package, whose library scripts import. */
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The compiler of the application, at work in a thread of its own: it would hold up everything else for a second. */
export class Compiler {
  private readonly asc: string | URL | undefined;
  private readonly workshop = new Workshop<Job, JobResult>(new URL("./compile-worker.js", import.meta.url));

  constructor(asc?: string | URL) {
    this.asc = asc;
  }

  /** @throws ScriptError COMPILE_FAILED, NO_COMPILER */
  async compile(path: string, options: CompileOptions): Promise<Compiled> {
    const entry = resolve(path);
    const asc = this.findAsc(dirname(entry));
    const { runtime = "incremental", optimizeLevel = 3 } = options;
    const result = await this.workshop.do({
      kind: "compile",
      asc,
      root: ROOT,
      entry,
      runtime,
      optimizeLevel,
    });
    if ("compiled" in result) return result.compiled;
    throw new ScriptError("COMPILE_FAILED", result.error, { place: result.place });
  }

  /** Makes a module suspendable that was not made so. @throws ScriptError COMPILE_FAILED, NO_COMPILER */
  async makeSuspendable(bytes: Uint8Array): Promise<Uint8Array> {
    const result = await this.workshop.do({ kind: "suspendable", asc: this.findAsc(process.cwd()), bytes });
    if ("compiled" in result) return result.compiled.wasm;
    throw new ScriptError("COMPILE_FAILED", `the module cannot be made suspendable: ${result.error}`);
  }

  close(): Promise<void> {
    return this.workshop.close();
  }

  /** The script's project comes first, then the application, then this package. */
  private findAsc(folder: string): string {
    if (this.asc instanceof URL) return this.asc.href;
    if (this.asc !== undefined) return pathToFileURL(resolve(this.asc)).href;
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
