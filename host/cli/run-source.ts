import type { Script, ScriptError, ScriptRuntime } from "../script/index.ts";
import { Mistake } from "./command.ts";
import { COMPILE_FLAGS, compileOptions } from "./compile-flags.ts";
import { readInput } from "./input.ts";
import { requireText } from "./raw-arguments.ts";

/** The flags that say what is run. */
export const SOURCE_FLAGS = {
  ...COMPILE_FLAGS,
  eval: { type: "string", short: "e" },
} as const;

interface Flags {
  readonly eval?: string | undefined;
  readonly package?: string[];
  readonly enable?: string[];
}

/** A script that is to be run. */
export interface RunSource {
  /** What messages call it. */
  readonly name: string;
  /** The arguments of the script. */
  readonly args: readonly string[];
  /** @param signal aborts when the time of the command is over */
  load(runtime: ScriptRuntime, signal?: AbortSignal): Promise<Script>;
}

/** Sources that the runtime reads itself. */
const READ_BY_RUNTIME = /\.(?:ts|js|mjs|mts)$/;
/** The languages that take no options of a compiler. */
const JAVASCRIPT = /\.(?:js|mjs|mts)$/;
/** What WebAssembly begins with. */
const MAGIC = Buffer.from("\0asm");
const EVALUATED = "--eval";
const STANDARD_INPUT = "standard input";
/** The name of a script that has none. */
const NAMELESS = "script.js";

/** What to run: `--eval`, standard input (`-`), or a file. @throws Mistake */
export function readSource(positionals: readonly string[], flags: Flags): RunSource {
  if (flags.eval !== undefined) {
    const source = requireText("--eval", flags.eval);
    return { name: EVALUATED, args: positionals, load: (runtime) => loadText(runtime, source) };
  }
  const [path, ...args] = positionals;
  if (path === undefined) throw new Mistake("it takes a SCRIPT");
  if (path === "-") {
    const load: RunSource["load"] = async (runtime, signal) =>
      loadText(runtime, (await readInput("-", signal)).toString("utf8"));
    return { name: STANDARD_INPUT, args, load };
  }
  return { name: path, args, load: (runtime, signal) => loadFile(runtime, path, { flags, signal }) };
}

interface Loading {
  readonly flags: Flags;
  readonly signal: AbortSignal | undefined;
}

async function loadFile(runtime: ScriptRuntime, path: string, { flags, signal }: Loading): Promise<Script> {
  if (READ_BY_RUNTIME.test(path)) {
    const options = JAVASCRIPT.test(path) ? onlyForAssemblyScript(flags) : compileOptions(flags);
    return runtime.compile(requireText("SCRIPT", path), options);
  }
  const bytes = await readInput(path, signal).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "EISDIR" ? new Mistake(`${path}: it is a directory`, { cause: error }) : error;
  });
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length)))
    throw new Mistake(
      `${path}: it is not WebAssembly, and its name does not end with .js, .mjs, .mts or .ts`,
    );
  const sourceMap = await readInput(`${path}.map`, signal).catch(() => undefined);
  return runtime.load(bytes, { sourceMap: sourceMap?.toString("utf8") });
}

/** Whether a script is JavaScript, by what messages call it. */
export function isInJavaScript(name: string): boolean {
  return JAVASCRIPT.test(name) || name === STANDARD_INPUT || name === EVALUATED;
}

function onlyForAssemblyScript(flags: Flags): undefined {
  for (const name of Object.keys(COMPILE_FLAGS) as (keyof typeof COMPILE_FLAGS)[]) {
    if (flags[name] !== undefined) throw new Mistake(`--${name} is for scripts in AssemblyScript`);
  }
}

/** A text in JavaScript. If it has no default export, its top-level code is what is run. */
async function loadText(runtime: ScriptRuntime, source: string): Promise<Script> {
  const script = await runtime.compile({ name: NAMELESS, source });
  if (script.entries.includes("default")) return script;
  const added = runtime.compile({ name: NAMELESS, source: `${source}\n;export default () => {};` });
  // There may be a default export that is no function. Then there cannot be another one.
  return added.catch((error: ScriptError) => {
    if (error.code === "COMPILE_FAILED") return script;
    throw error;
  });
}
