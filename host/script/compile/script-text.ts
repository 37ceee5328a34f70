import { refuseUnknownOptions } from "../../api/config.ts";
import { ScriptError } from "../blame/errors.ts";
import { badArgument } from "./compile-options.ts";
import { LARGEST_SOURCE } from "./source-folder.ts";
import { LONGEST_NAME, SourceRefusal } from "./source-name.ts";
import { LARGEST_SCRIPT, MOST_SOURCES } from "./sources.ts";

/** A program as text. It is an object, so that a text is never taken for a path. */
export interface ScriptText {
  /** Its name in errors and in the source map, such as "hook.ts". No file of this name is read. */
  name: string;
  /** The text of the program. At most 1 MiB as UTF-8. */
  source: string;
  /** @default what the end of `name` says: ".ts" is "assemblyscript", ".js" and ".mjs" "javascript", ".mts" "typescript" */
  language?: Language | undefined;
  /**
   * Texts that it may import, by their names, such as "lib/math.ts". An import is relative to the name of the source
   * that contains it. @default none
   */
  modules?: Readonly<Record<string, string>> | undefined;
}

/** TypeScript is JavaScript whose types are blanked. AssemblyScript is compiled. */
export type Language = "assemblyscript" | "javascript" | "typescript";

/** A program as text, of which the types and the sizes are right. Its names are not checked yet. */
export interface GivenText {
  readonly language: Language;
  /** The extension of its language, with the dot. */
  readonly extension: string;
  /** Names and texts. The first is the entry. */
  readonly sources: readonly (readonly [name: string, text: string])[];
}

const OPTIONS: readonly (keyof ScriptText)[] = ["name", "source", "language", "modules"];
/** The languages, by the extensions of their sources. */
const LANGUAGES: ReadonlyMap<string, Language> = new Map([
  [".ts", "assemblyscript"],
  [".js", "javascript"],
  [".mjs", "javascript"],
  [".mts", "typescript"],
]);
/** The language of a file with another extension, or none: the compiler looks for it under several names. */
const USUAL: Language = "assemblyscript";

/** The language of a program in a file. */
export function languageOfPath(path: string): Language {
  return languageOf(path)?.[1] ?? USUAL;
}

function languageOf(name: string): readonly [extension: string, language: Language] | undefined {
  return [...LANGUAGES].find(([extension]) => name.endsWith(extension));
}

/**
 * Copies a program that the application gives as text. Checks only what takes no time, because this is the
 * application's thread.
 *
 * @throws HttpBackgroundError BAD_ARGUMENT for a wrong type; `option` is the wrong one. ScriptError COMPILE_FAILED if
 * there is too much
 */
export function readScriptText(given: ScriptText): GivenText {
  refuseUnknownOptions(given, OPTIONS, "BAD_ARGUMENT");
  const { name, source, language, modules } = given;
  if (typeof name !== "string") throw badArgument("name", "it is a text, such as hook.ts");
  if (typeof source !== "string") throw badArgument("source", "it is the text of the program");
  const known = readLanguage(name, language);
  const sources: [string, string][] = [[name, source], ...readModules(modules)];
  refuseTooMuch(sources);
  return { ...known, sources };
}

function readLanguage(name: string, given: unknown): Pick<GivenText, "language" | "extension"> {
  const known = [...new Set(LANGUAGES.values())].join(", ");
  const row =
    given === undefined ? languageOf(name) : [...LANGUAGES].find(([, language]) => language === given);
  if (row !== undefined) return { extension: row[0], language: row[1] };
  const why = given === undefined ? "the end of the name does not say it; " : "";
  throw badArgument("language", `${why}there is ${known}`);
}

function readModules(modules: unknown): [string, string][] {
  if (modules === undefined) return [];
  if (!isPlain(modules)) throw badArgument("modules", "it is an object of names and texts");
  const names = Object.keys(modules);
  // Before a list is made that is as long.
  if (names.length >= MOST_SOURCES)
    throw tooMuch(names[MOST_SOURCES - 1], `is one source more than ${MOST_SOURCES}`);
  return names.map((name) => {
    const text = modules[name];
    if (typeof text !== "string") throw badArgument("modules", new SourceRefusal(name, "is no text").message);
    return [name, text];
  });
}

/** Any other object, such as a Map, would have no modules, or others than it seems to have. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A text has at least as many bytes as characters, so what is refused here would be refused later anyway. */
function refuseTooMuch(sources: readonly [string, string][]): void {
  let size = 0;
  for (const [name, text] of sources) {
    if (name.length > LONGEST_NAME) throw tooMuch(name, "is too long for the name of a source");
    if (text.length > LARGEST_SOURCE) throw tooMuch(name, `has more than ${LARGEST_SOURCE} bytes`);
    size += text.length;
    if (size > LARGEST_SCRIPT) {
      throw tooMuch(name, `makes the script have more than ${LARGEST_SCRIPT} characters`);
    }
  }
}

function tooMuch(name = "", why: string): ScriptError {
  return new ScriptError("COMPILE_FAILED", new SourceRefusal(name, why).message);
}
