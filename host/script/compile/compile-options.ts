import { refuseUnknownOptions } from "../../api/config.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { isPackageName } from "./packages.ts";

/** How a script is compiled. */
export interface CompileOptions {
  /**
   * AssemblyScript's runtime. "incremental" collects garbage by itself, "minimal" only when the script asks for it,
   * "stub" never. @default "incremental"
   */
  runtime?: "incremental" | "minimal" | "stub" | undefined;
  /** 0 compiles fastest, 3 runs fastest. @default 3 */
  optimizeLevel?: 0 | 1 | 2 | 3 | undefined;
  /** The URL of the source map in the module; at most 4,096 characters. @default "./script.wasm.map" */
  sourceMapUrl?: string | undefined;
  /** Features of WebAssembly that the compiler may use. Without this, it does not use them. @default none */
  enable?: readonly ("simd" | "relaxed-simd" | "reference-types")[] | undefined;
  /**
   * Names of packages of AssemblyScript that the script may import. @default those of the runtime; without one, none
   */
  packages?: readonly string[] | undefined;
}

const RUNTIMES: readonly unknown[] = ["incremental", "minimal", "stub"];
const LEVELS: readonly unknown[] = [0, 1, 2, 3];
const FEATURES: readonly unknown[] = ["simd", "relaxed-simd", "reference-types"];
export const COMPILE_OPTIONS: readonly (keyof CompileOptions)[] = [
  "runtime",
  "optimizeLevel",
  "sourceMapUrl",
  "enable",
  "packages",
];
/** In characters. */
const LONGEST_URL = 4096;

/**
 * Checks the options. They must be right, because some become options of a command: `flags`.
 *
 * @throws HttpBackgroundError BAD_ARGUMENT; `option` is the wrong option
 */
export function readCompileOptions(options: CompileOptions) {
  refuseUnknownOptions(options, COMPILE_OPTIONS, "BAD_ARGUMENT");
  const {
    runtime = "incremental",
    optimizeLevel = 3,
    sourceMapUrl = "./script.wasm.map",
    packages,
  } = options;
  if (!RUNTIMES.includes(runtime)) throw badArgument("runtime", `there are ${RUNTIMES.join(", ")}`);
  if (!LEVELS.includes(optimizeLevel)) throw badArgument("optimizeLevel", `there are ${LEVELS.join(", ")}`);
  if (typeof sourceMapUrl !== "string" || sourceMapUrl.length > LONGEST_URL) {
    throw badArgument("sourceMapUrl", `it is a text of at most ${LONGEST_URL} characters`);
  }
  if (packages !== undefined && !arePackages(packages)) throw badArgument("packages", NO_NAMES);
  return {
    sourceMapUrl,
    packages: packages && [...packages],
    flags: ["--runtime", runtime, "--optimizeLevel", `${optimizeLevel}`, ...readFeatures(options.enable)],
  };
}

function readFeatures(enable: unknown = []): string[] {
  if (!Array.isArray(enable) || !Array.from(enable).every((name) => FEATURES.includes(name))) {
    throw badArgument("enable", `it is a list; there are ${FEATURES.join(", ")}`);
  }
  return enable.flatMap((name: string) => ["--enable", name]);
}

/** The packages of a runtime. @throws HttpBackgroundError BAD_CONFIG */
export function readPackages(packages: unknown = []): readonly string[] {
  if (arePackages(packages)) return [...packages];
  throw new HttpBackgroundError("BAD_CONFIG", `packages: ${NO_NAMES}`, { option: "packages" });
}

const NO_NAMES = 'it is a list of names of packages, such as ["json-as"]';

function arePackages(given: unknown): given is readonly string[] {
  return Array.isArray(given) && Array.from(given).every(isPackageName);
}

export function badArgument(option: string, why: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", `Bad ${option}: ${why}`, { option });
}
