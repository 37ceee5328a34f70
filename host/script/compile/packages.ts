import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { SourceFolder } from "./source-folder.ts";
import { SourceRefusal } from "./source-name.ts";

/** A name of npm, with or without a scope. */
const NAME = /^(?:@[a-z0-9~_-][a-z0-9._~-]*\/)?[a-z0-9~_-][a-z0-9._~-]*$/i;
/** In characters, as in npm. */
const LONGEST_NAME = 214;

/** Whether it is a valid name of a package. No part of a valid name leads to another folder. */
export function isPackageName(name: unknown): name is string {
  return typeof name === "string" && name.length <= LONGEST_NAME && NAME.test(name);
}

/** The packages that the application lists. Other packages in `node_modules` are not read. */
export class Packages {
  readonly #names: ReadonlySet<string>;
  readonly #from: readonly string[];
  readonly #own: string | undefined;
  readonly #folders = new Map<string, SourceFolder>();

  /**
   * @param from Folders of the application. A package is searched in these folders and above, in this order
   * @param own The script's folder, if it has one. Its `node_modules` comes last, and must not lead out of the folder
   */
  constructor(names: readonly string[], from: readonly string[], own: string | undefined) {
    this.#names = new Set(names);
    this.#from = from;
    this.#own = own;
  }

  /** The text of a file of a package; undefined if the package has no such file. @throws SourceRefusal */
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
    const beside = this.#own === undefined ? undefined : findBeside(this.#own, name);
    if (beside !== undefined) return beside;
    throw new SourceRefusal(name, "is not installed for this application: npm install it");
  }
}

function findBeside(folder: string, name: string): SourceFolder | undefined {
  const path = join(folder, "node_modules", name);
  return existsSync(path) && new SourceFolder(folder).has(path) ? new SourceFolder(path) : undefined;
}

function findAbove(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  if (existsSync(path)) return path;
  const parent = dirname(folder);
  return parent === folder ? undefined : findAbove(parent, name);
}
