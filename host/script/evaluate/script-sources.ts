import { basename, dirname } from "node:path";
import { resolveImport } from "../../guest/javascript/module-names.ts";
import type { ModuleTexts } from "../../guest/javascript/script-image.ts";
import { type SharedTexts, textsOf } from "../compile/shared-texts.ts";
import { LARGEST_SOURCE, SourceFolder } from "../compile/source-folder.ts";
import { checkSourceName, SourceRefusal } from "../compile/source-name.ts";
import { LARGEST_SCRIPT, MOST_SOURCES } from "../compile/sources.ts";

/** Ends of the names of modules whose types are blanked. */
const TYPED = /\.[mc]?ts$/;

/** Makes JavaScript of TypeScript, in the same lines and columns. @throws Error that says what is wrong */
export type TypeStripper = (source: string, name: string) => string;

/** The modules of a script that is a file, with those of its folder. @throws SourceRefusal */
export function openScriptFile(path: string, strip: TypeStripper): ModuleTexts {
  const main = basename(path);
  const folder = openFolder(path);
  const texts = new Texts((name) => folder.read(name), strip);
  if (texts.read(main) === undefined) throw new SourceRefusal(main, "is not there: no such file");
  const resolve = (importer: string, specifier: string): string =>
    resolveImport(importer, specifier, () => false);
  return { main, read: (name) => texts.read(name), resolve };
}

/** The modules of a script that was given as text. @throws SourceRefusal */
export function openGivenScript(given: SharedTexts, isTyped: boolean, strip: TypeStripper): ModuleTexts {
  const known = new Map<string, string>();
  for (const [givenName, text, size] of textsOf(given)) {
    const name = givenName.startsWith("./") ? givenName.slice(2) : givenName;
    checkSourceName(name);
    if (known.has(name)) throw new SourceRefusal(name, "is the name of two sources");
    if (size > LARGEST_SOURCE) throw new SourceRefusal(name, `has more than ${LARGEST_SOURCE} bytes`);
    known.set(name, text);
  }
  const [main] = known.keys() as Iterable<string> as [string];
  const texts = new Texts((name) => known.get(name), strip, isTyped ? main : undefined);
  const resolve = (importer: string, specifier: string): string =>
    resolveImport(importer, specifier, (name) => known.has(name));
  return { main, read: (name) => texts.read(name), resolve };
}

function openFolder(path: string): SourceFolder {
  try {
    return new SourceFolder(dirname(path));
  } catch {
    throw new SourceRefusal(basename(path), "is not there: no such file");
  }
}

/** The texts of one script, as JavaScript. */
class Texts {
  readonly #find: (name: string) => string | undefined;
  readonly #strip: TypeStripper;
  readonly #typedMain: string | undefined;
  readonly #texts = new Map<string, string>();
  #size = 0;

  /** @param typedMain The name of a module with types, whatever its end says */
  constructor(find: (name: string) => string | undefined, strip: TypeStripper, typedMain?: string) {
    this.#find = find;
    this.#strip = strip;
    this.#typedMain = typedMain;
  }

  read(name: string): string | undefined {
    const known = this.#texts.get(name);
    if (known !== undefined) return known;
    checkSourceName(name);
    const source = this.#find(name);
    if (source === undefined) return undefined;
    this.#count(name, source);
    const text = name === this.#typedMain || TYPED.test(name) ? this.#strip(source, name) : source;
    this.#texts.set(name, text);
    return text;
  }

  #count(name: string, { length }: string): void {
    this.#size += length;
    if (this.#texts.size >= MOST_SOURCES)
      throw new SourceRefusal(name, `is one source more than ${MOST_SOURCES}`);
    if (this.#size > LARGEST_SCRIPT)
      throw new SourceRefusal(name, `makes the script have more than ${LARGEST_SCRIPT} characters`);
  }
}
