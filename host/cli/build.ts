import { stat, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { compileScript, ScriptError } from "../script/index.ts";
import { type Command, EXIT, Mistake } from "./command.ts";
import { COMPILE_FLAGS, compileOptions } from "./compile-flags.ts";
import { parseFlags } from "./flags.ts";
import { writeForeign } from "./terminal.ts";

const HELP = `Usage: http-background build SCRIPT.ts -o SCRIPT.wasm [--runtime incremental|minimal|stub]
                             [--package NAME …] [--enable FEATURE …]

Compiles an AssemblyScript program for the sandbox. It also writes a source map, SCRIPT.wasm.map. With the
source map, errors of a run show the line in the source.

  -o, --out FILE      the file for the WebAssembly
      --runtime NAME  how memory is managed; by default incremental
      --package NAME  a package of AssemblyScript that it may import; otherwise it can use only the files of its folder
      --enable FEATURE
                      a feature of WebAssembly that may be used: simd, relaxed-simd, reference-types
  -h, --help          prints this help

Exit codes: 0 it was built; 1 it does not compile; 2 the command was wrong, or there is no compiler, or the
result cannot be written.
`;

const RUNTIMES = ["incremental", "minimal", "stub"] as const;
const FLAGS = {
  ...COMPILE_FLAGS,
  out: { type: "string", short: "o" },
  runtime: { type: "string" },
} as const;

/** `http-background build`. */
export const build: Command = { help: HELP, flags: FLAGS, run };

async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseFlags(args, FLAGS);
  const [path, ...more] = positionals;
  const { out } = values;
  if (path === undefined || out === undefined) throw new Mistake("it takes a SCRIPT.ts and -o FILE");
  if (out === "-") throw new Mistake("-o -: it takes a file, beside which the source map is written");
  if (more.length > 0) throw new Mistake(`too many arguments: "${more.join(" ")}"`);
  const runtime = RUNTIMES.find((name) => name === (values.runtime ?? "incremental"));
  if (resolve(path) === resolve(out)) throw new Mistake("-o: the script would be overwritten");
  if (runtime === undefined) throw new Mistake(`--runtime: it must be one of ${RUNTIMES.join(", ")}`);
  await requireSource(path);
  try {
    const built = await compileScript(path, {
      ...compileOptions(values),
      runtime,
      sourceMapUrl: mapUrl(out),
    });
    await write(out, built.wasm);
    // Nothing is written beside a device.
    if (await isFile(out)) await write(`${out}.map`, built.sourceMap);
    return EXIT.status;
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    if (error.code !== "COMPILE_FAILED") throw new Mistake(error.message, { cause: error, isOfUsage: false });
    // The message comes from the compiler, and has the place.
    writeForeign(process.stderr, `${error.message}\n`);
    return EXIT.error;
  }
}

/** The compiler may leave the end of the name out. @throws Mistake */
async function requireSource(path: string): Promise<void> {
  const tried = path.endsWith(".ts") ? [path] : [path, `${path}.ts`, join(path, "index.ts")];
  for (const candidate of tried) if (await isFile(candidate)) return;
  throw new Mistake(`there is no file "${path}"`);
}

async function isFile(path: string): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  return stats !== undefined && (stats.isFile() || stats.isFIFO());
}

/** The URL of the source map, which is in the same folder as the module. */
function mapUrl(out: string): string {
  return `./${encodeURIComponent(basename(out))}.map`;
}

async function write(path: string, content: Uint8Array | string): Promise<void> {
  try {
    await writeFile(path, content);
  } catch (error) {
    throw new Mistake((error as Error).message, { cause: error, isOfUsage: false });
  }
}
