// Runs programs that use packages of npm as scripts, and in Node, and compares their results. It downloads the packages.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { createHttpBackground } from "../../host/index.ts";
import { createScriptRuntime, type ScriptRuntime } from "../../host/script/index.ts";
import { PROGRAMS, type Program } from "./programs.ts";

const BUNDLER = "esbuild@0.28.2";
const LONGEST_LINE = 1000;

interface Bundler {
  buildSync(options: object): void;
}

const folder = mkdtempSync(join(tmpdir(), "script-packages-"));
const http = await createHttpBackground({ threads: [{ id: "default" }] });
const runtime = createScriptRuntime({ http, allow: [], limits: { timeout: 60, computeMs: 10_000 } });
try {
  install([BUNDLER, ...PROGRAMS.map((program) => program.package)]);
  const bundler = createRequire(join(folder, "package.json"))("esbuild") as Bundler;
  const ends = [];
  for (const [number, program] of PROGRAMS.entries()) {
    const end = await compare(bundle(bundler, program, number), runtime);
    console.log(`${program.package}: ${end}`.slice(0, LONGEST_LINE));
    ends.push(end.startsWith("ok"));
  }
  const right = ends.filter(Boolean).length;
  console.log(`${right} of ${ends.length} programs come to the same result as in Node`);
  if (right < ends.length) process.exitCode = 1;
} finally {
  await runtime.destroy();
  await http.destroy();
  rmSync(folder, { recursive: true });
}

function install(packages: readonly string[]): void {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const args = ["install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", ...packages];
  const { status, stderr } = spawnSync("npm", args, { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`npm install: ${stderr}`);
}

/** @returns The path of one module that needs no other */
function bundle(bundler: Bundler, { source }: Program, number: number): string {
  const input = join(folder, `${number}.js`);
  const outfile = join(folder, `${number}.bundle.mjs`);
  writeFileSync(input, source);
  bundler.buildSync({
    entryPoints: [input],
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    outfile,
    logLevel: "error",
  });
  return outfile;
}

/** "ok", or what is different. */
async function compare(path: string, runtime: ScriptRuntime): Promise<string> {
  try {
    const { default: main } = (await import(pathToFileURL(path).href)) as { default: () => unknown };
    const expected: unknown = JSON.parse(JSON.stringify(await main()));
    const script = await runtime.compile(path);
    const { result, usage } = await script.run();
    const own: unknown = JSON.parse(JSON.stringify(result));
    if (isDeepStrictEqual(own, expected))
      return `ok, ${usage.cpuMs.toFixed(0)} ms, ${Math.round(usage.peakMemoryBytes / 1024)} KiB`;
    return `FAILED: ${JSON.stringify(own)} instead of ${JSON.stringify(expected)}`;
  } catch (error) {
    return `FAILED: ${error instanceof Error ? error.stack : String(error)}`;
  }
}
