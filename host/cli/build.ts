import { writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { parseArgs } from "node:util";
import { compileScript, ScriptError } from "../script/index.ts";
import { type Command, EXIT, Mistake } from "./command.ts";
import { COMPILE_FLAGS, compileOptions } from "./compile-flags.ts";
import { writeForeign } from "./terminal.ts";

const HELP = `Usage: http-background build SCRIPT.ts -o SCRIPT.wasm [--runtime incremental|minimal|stub] [--package NAME …]

Compiles an AssemblyScript program for the sandbox, in memory. Beside it comes a source
map, SCRIPT.wasm.map, by which errors of its runs name lines.

  -o, --out FILE      where the WebAssembly goes
      --runtime NAME  how memory is managed; by default incremental
      --package NAME  a package of AssemblyScript that it may import; else it has the files of its folder alone
      --enable NAME   a feature of WebAssembly: simd, relaxed-simd, reference-types
  -h, --help          prints this

Exit codes: 0 it was built, 1 it does not compile, 2 the command was wrong, or it cannot be built here.
`;

/** `http-background build`. */
export const build: Command = { help: HELP, run };

const RUNTIMES = ["incremental", "minimal", "stub"] as const;
const FLAGS = {
  ...COMPILE_FLAGS,
  out: { type: "string", short: "o" },
  runtime: { type: "string" },
} as const;

async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseFlags(args);
  const [path, ...more] = positionals;
  const { out } = values;
  if (path === undefined || out === undefined) throw new Mistake("it takes a SCRIPT.ts, and -o for where to");
  if (more.length > 0) throw new Mistake(`there is too much: "${more.join(" ")}"`);
  const runtime = RUNTIMES.find((name) => name === (values.runtime ?? "incremental"));
  if (resolve(path) === resolve(out)) throw new Mistake("-o: the script would be overwritten");
  if (runtime === undefined) throw new Mistake(`--runtime: there are ${RUNTIMES.join(", ")}`);
  try {
    const built = await compileScript(path, {
      ...compileOptions(values),
      runtime,
      sourceMapUrl: mapUrl(out),
    });
    await write(out, built.wasm);
    await write(`${out}.map`, built.sourceMap);
    return EXIT.status;
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    if (error.code !== "COMPILE_FAILED") throw new Mistake(error.message, { cause: error, isOfUsage: false });
    // The compiler's own words, which have the place.
    writeForeign(process.stderr, `${error.message}\n`);
    return EXIT.error;
  }
}

/** Of the map beside the module. */
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

function parseFlags(args: string[]) {
  try {
    return parseArgs({ args, options: FLAGS, allowPositionals: true });
  } catch (error) {
    throw new Mistake((error as Error).message, { cause: error });
  }
}
