import { basename, dirname, join } from "node:path";
import type { SourceReader } from "./library.ts";
import type { Packages } from "./packages.ts";
import { SourceFolder } from "./source-folder.ts";
import { checkSourceName, SourceRefusal } from "./source-name.ts";

/** Maximum number of sources of one script, including those of packages and of the library. */
export const MOST_SOURCES = 4096;
/** Maximum number of characters of all these sources. */
export const LARGEST_SCRIPT = 16 << 20;
const EXTENSION = ".ts";
/** The name of this package in the imports of scripts. */
const LIBRARY = "http-background/assembly/";
const PACKAGE = /^node_modules\/((?:@[^/]+\/)?[^/]+)\/(.+)$/;

/** Gives the script's own sources. */
export interface ScriptSource {
  /** The name of the entry. */
  readonly entry: string;
  /** The folder whose `node_modules` may have packages for it. */
  readonly folder?: string;
  /**
   * The text of a source; undefined if there is none.
   *
   * @param name Relative to the script's folder, with `/`.
   * @throws SourceRefusal if the script may not have this source
   */
  read(name: string): string | undefined;
}

/** A script in a file, with the files in the same folder and below. @throws SourceRefusal */
export function openScriptFolder(path: string): ScriptSource {
  const tried = path.endsWith(EXTENSION) ? [path] : [path + EXTENSION, join(path, "index.ts")];
  for (const candidate of tried) {
    const entry = basename(candidate);
    checkSourceName(entry);
    const folder = dirname(candidate);
    const files = openFolder(folder);
    if (files?.read(entry) !== undefined) return { entry, folder, read: (name) => files.read(name) };
  }
  const advice =
    tried.length === 1 ? "" : " (.js, .mjs and .mts are other languages, and a text is { name, source })";
  throw new SourceRefusal(basename(tried[0] as string), `is not there: no such file${advice}`);
}

function openFolder(path: string): SourceFolder | undefined {
  try {
    return new SourceFolder(path);
  } catch {
    return undefined;
  }
}

/** Everything that the compiler may read for one script. */
export class Sources {
  readonly #script: ScriptSource;
  readonly #packages: Packages;
  readonly #library: SourceReader;
  /** By the compiler's names. */
  readonly #texts = new Map<string, string>();
  #size = 0;

  /** @param library The library that scripts import. */
  constructor(script: ScriptSource, packages: Packages, library: SourceReader) {
    this.#script = script;
    this.#packages = packages;
    this.#library = library;
  }

  /** The text for a name of the compiler; undefined if there is none. @throws SourceRefusal */
  read(name: string): string | undefined {
    // The compiler also asks for its configuration. It gets none, because that could name options, and programs to run.
    if (!name.endsWith(EXTENSION)) return undefined;
    const match = PACKAGE.exec(name);
    const known = match === null ? name : `~lib/${match[1]}/${match[2]}`;
    const text = match === null ? this.#script.read(name) : this.#readPackage(match[1] ?? "", match[2] ?? "");
    if (text !== undefined) this.#count(known, text);
    return text;
  }

  /** The text of a source by its name in the compiler's messages, if the source was read. */
  textOf(name: string): string | undefined {
    return this.#texts.get(name);
  }

  #readPackage(name: string, file: string): string | undefined {
    const path = `${name}/${file}`;
    if (path.startsWith(LIBRARY)) return this.#library.read(path.slice(LIBRARY.length));
    // The application does not list the `node_modules` of a package. The compiler searches the name in the folders
    // above next.
    if (name === "http-background" || file.startsWith("node_modules/")) return undefined;
    return this.#packages.read(name, file);
  }

  #count(name: string, text: string): void {
    if (!this.#texts.has(name)) this.#size += text.length;
    this.#texts.set(name, text);
    if (this.#texts.size > MOST_SOURCES)
      throw new SourceRefusal(name, `is one source more than ${MOST_SOURCES}`);
    if (this.#size > LARGEST_SCRIPT) {
      throw new SourceRefusal(name, `makes the script have more than ${LARGEST_SCRIPT} characters`);
    }
  }
}
