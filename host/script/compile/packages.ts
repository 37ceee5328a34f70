import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { SourceFolder } from "./source-folder.ts";
import { SourceRefusal } from "./source-name.ts";

/** A name as npm has them, with or without a scope. */
const NAME = /^(?:@[a-z0-9~_-][a-z0-9._~-]*\/)?[a-z0-9~_-][a-z0-9._~-]*$/i;
/** Characters, as npm has it. */
const LONGEST_NAME = 214;

/** Whether a package may have this name, so that no part of it leads elsewhere. */
export function isPackageName(name: unknown): name is string {
  return typeof name === "string" && name.length <= LONGEST_NAME && NAME.test(name);
}

/** The packages that the application lists: nothing else of `node_modules` is read. */
export class Packages {
  readonly #names: ReadonlySet<string>;
  readonly #from: readonly string[];
  readonly #own: string;
  readonly #folders = new Map<string, SourceFolder>();

  /**
   * @param from Folders of the application: a package is looked for there and above, first come, first served
   * @param own The script's folder, whose `node_modules` comes last, and may not lead out of it
   */
  constructor(names: readonly string[], from: readonly string[], own: string) {
    this.#names = new Set(names);
    this.#from = from;
    this.#own = own;
  }

  /** The text of a file of a package; undefined if the package has none of that name. @throws SourceRefusal */
  read(name: string, file: string): string | undefined {
    if (!isPackageName(name)) return undefined;
    if (!this.#names.has(name)) {
      throw new SourceRefusal(name, "is none of the packages that scripts may import (option packages)");
    }
    const folder = this.#folders.get(name) ?? this.#find(name);
    this.#folders.set(name, folder);
    return folder.read(file);
  }

  #find(name: string): SourceFolder {
    for (const start of this.#from) {
      const path = findAbove(start, join("node_modules", name));
      if (path !== undefined) return new SourceFolder(path);
    }
    const beside = join(this.#own, "node_modules", name);
    if (existsSync(beside) && new SourceFolder(this.#own).has(beside)) return new SourceFolder(beside);
    throw new SourceRefusal(name, "is not installed for this application: npm install it");
  }
}

function findAbove(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : findAbove(parent, name);
}
