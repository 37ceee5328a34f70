import type { Place } from "../blame/errors.ts";
import type { Sources } from "./sources.ts";

/** The part of asc's interface that we use. */
export interface Asc {
  main(
    argv: readonly string[],
    host: {
      readFile(name: string, baseDir: string): string | null;
      writeFile(name: string, contents: string | Uint8Array): void;
      listFiles(): string[];
      reportDiagnostic(diagnostic: Diagnostic): void;
      transforms: unknown[];
    },
  ): Promise<{ error: Error | null; stderr: { toString(): string } }>;
}

interface Diagnostic {
  readonly category: number;
  readonly range: {
    readonly start: number;
    readonly source: { readonly normalizedPath: string } | null;
  } | null;
}

/** The result of a compilation, or the reason why it failed. */
export type Compilation =
  | { readonly wasm: Uint8Array; readonly sourceMap: string }
  | { readonly error: string; readonly place: Place | undefined };

/** `Diagnostic.category` of an error. */
const ERROR = 3;
const OUTPUT = "script.wasm";
/** asc writes the source map under this name. The module may name another URL. */
const SOURCE_MAP = "script.wasm.map";
/** Characters that are kept of the compiler's messages: it repeats the line of each error. */
const LONGEST_MESSAGE = 65_536;
/** The compiler works in a virtual folder. */
const BASE = ["--baseDir", "/", "--outFile", OUTPUT, "--sourceMap", `./${SOURCE_MAP}`, "--noColors"];

/**
 * Compiles `entry` of `sources`, in memory. No name of a file can become an option of asc: that of the entry begins
 * with `./`, and all others are only passed to `sources`.
 *
 * @throws SourceRefusal
 */
export async function compileWith(
  asc: Asc,
  sources: Sources,
  { entry, flags, transforms }: { entry: string; flags: readonly string[]; transforms: unknown[] },
): Promise<Compilation> {
  const written = new Map<string, string | Uint8Array>();
  let first: Diagnostic | undefined;
  const { error, stderr } = await asc.main([`./${entry}`, ...BASE, ...flags], {
    readFile: (name) => sources.read(name) ?? null,
    writeFile: (name, contents) => void written.set(name, contents),
    listFiles: () => [],
    reportDiagnostic: (diagnostic) => {
      if (diagnostic.category === ERROR) first ??= diagnostic;
    },
    transforms,
  });
  const wasm = written.get(OUTPUT);
  const sourceMap = written.get(SOURCE_MAP);
  if (error === null && wasm instanceof Uint8Array && typeof sourceMap === "string") {
    return { wasm, sourceMap: withoutSources(sourceMap) };
  }
  const text = stderr.toString().trim() || (error?.message ?? "the compiler made nothing");
  const shown = text.length > LONGEST_MESSAGE ? `${text.slice(0, LONGEST_MESSAGE)}…` : text;
  return { error: shown, place: placeOf(first, sources) };
}

/** Removes the texts of the sources from a source map, because they make it ten times larger. Their names stay. */
function withoutSources(sourceMap: string): string {
  return JSON.stringify({ ...JSON.parse(sourceMap), sourcesContent: undefined });
}

/** The place of an error, if it is in a text that was read. */
function placeOf(diagnostic: Diagnostic | undefined, sources: Sources): Place | undefined {
  const file = diagnostic?.range?.source?.normalizedPath;
  const text = file === undefined ? undefined : sources.textOf(file);
  if (diagnostic?.range == null || file === undefined || text === undefined) return undefined;
  const { start } = diagnostic.range;
  const before = text.lastIndexOf("\n", start - 1);
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < start; at = text.indexOf("\n", at + 1)) line++;
  return { file, line, column: start > 0 ? start - before : 1 };
}
