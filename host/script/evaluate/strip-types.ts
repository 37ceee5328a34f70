import { ScriptError } from "../blame/errors.ts";
import { findInstalled, requireFrom } from "../compile/installed-package.ts";
import type { TypeStripper } from "./script-sources.ts";

/** The package that blanks types, so that lines and columns stay. It is optional, because it is large. */
const PACKAGE = "@swc/wasm-typescript";

interface Swc {
  transformSync(source: string, options: { mode: "strip-only"; filename: string }): { readonly code: string };
}

/** What swc throws. It is no Error. */
interface Complaint {
  readonly message: string;
  readonly startLine?: number;
  readonly startColumn?: number;
}

/**
 * The path of the package's module; undefined if it is not installed.
 *
 * @param folders Where it is searched, in order. Never that of a script, because its code runs.
 */
export function findStripper(folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    const path = findInstalled(PACKAGE, folder);
    if (path !== undefined) return path;
  }
  return undefined;
}

/** @param path What `findStripper` has found. The package is loaded when it is needed first */
export function openStripper(path: string | undefined): TypeStripper {
  return (source, name) => {
    if (path === undefined)
      throw new ScriptError("NO_COMPILER", `types need ${PACKAGE}: npm install ${PACKAGE}`);
    const require = requireFrom(path);
    try {
      return strip(require(path) as Swc, source, name);
    } catch (error) {
      if (error instanceof ScriptError) throw error;
      // It is WebAssembly, and after a trap, such as one of a stack that was full, it cannot be used any more.
      delete require.cache[path];
      const text = `the types of ${name} cannot be blanked: ${(error as Error).message}`;
      throw new ScriptError("COMPILE_FAILED", text, { cause: error });
    }
  };
}

function strip(swc: Swc, source: string, name: string): string {
  try {
    return swc.transformSync(source, { mode: "strip-only", filename: name }).code;
  } catch (error) {
    if (error instanceof Error) throw error;
    const { message, startLine: line = 1, startColumn: column = 0 } = error as Complaint;
    const place = { file: name, line, column: column + 1 };
    const text = `SyntaxError: ${message} at ${name}:${line}:${place.column}`;
    throw new ScriptError("COMPILE_FAILED", text, { place });
  }
}
