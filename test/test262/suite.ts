import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path/posix";
import { parse } from "yaml";

/** A test of the suite, in one of its modes. */
export interface SuiteCase {
  /** From the folder of the suite. */
  readonly path: string;
  readonly mode: "sloppy" | "strict" | "module";
  /** The texts that it needs before its own. */
  readonly harness: string;
  readonly text: string;
  /** Modules that it may import, by their paths. */
  readonly modules: Readonly<Record<string, string>>;
  /** Whether it says by `print` that it is over. */
  readonly isAsync: boolean;
  /** The name of what it must throw; undefined if it must throw nothing. */
  readonly throws: string | undefined;
}

interface Meta {
  readonly flags?: readonly string[];
  readonly includes?: readonly string[];
  readonly negative?: { readonly type: string };
}

const META = /\/\*---([\s\S]*?)---\*\//;
const USUAL = ["assert.js", "sta.js"];
const FOR_ASYNC = "doneprintHandle.js";
const RELATIVE = /["'`](\.{1,2}\/[^"'`\n]+\.js)["'`]/g;

/** The folder of a copy of https://github.com/tc39/test262. */
export class Suite {
  readonly #folder: string;
  readonly #harness = new Map<string, string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The paths of the tests whose path contains a part. */
  list(part = ""): string[] {
    return readdirSync(join(this.#folder, "test"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".js") && !entry.name.includes("_FIXTURE"))
      .map((entry) => join(entry.parentPath, entry.name).slice(join(this.#folder, "/").length))
      .filter((path) => path.includes(part))
      .sort();
  }

  /** A test, once for each mode in which it is played. */
  read(path: string): SuiteCase[] {
    const text = this.#read(path);
    const meta = (parse(META.exec(text)?.[1]?.replaceAll(/\r\n?/g, "\n") ?? "") ?? {}) as Meta;
    const flags = new Set(meta.flags ?? []);
    const common = {
      path,
      text,
      harness: flags.has("raw") ? "" : this.#harnessOf(meta, flags.has("async")),
      isAsync: flags.has("async"),
      throws: meta.negative?.type,
    };
    if (flags.has("module")) return [{ ...common, mode: "module", modules: this.#modulesOf(path, text) }];
    const modules = text.includes("import(") ? this.#besides(path, text) : {};
    const modes: SuiteCase["mode"][] = [];
    if (!flags.has("onlyStrict")) modes.push("sloppy");
    if (!flags.has("noStrict") && !flags.has("raw")) modes.push("strict");
    return modes.map((mode) => ({ ...common, mode, modules }));
  }

  #harnessOf({ includes = [] }: Meta, isAsync: boolean): string {
    const names = [...USUAL, ...(isAsync ? [FOR_ASYNC] : []), ...includes];
    return names.map((name) => this.#harnessFile(name)).join("\n");
  }

  #harnessFile(name: string): string {
    const known = this.#harness.get(name) ?? this.#read(`harness/${name}`);
    this.#harness.set(name, known);
    return known;
  }

  /** The modules that a module names, and those that they name. */
  #modulesOf(path: string, text: string, found: Record<string, string> = {}): Record<string, string> {
    for (const [, specifier = ""] of text.matchAll(RELATIVE)) {
      const name = join(dirname(path), specifier);
      if (name === path || name in found || !existsSync(join(this.#folder, name))) continue;
      found[name] = this.#read(name);
      this.#modulesOf(name, found[name], found);
    }
    return found;
  }

  /** The modules of a script, by their paths from its folder: where `eval` is, there is no other one. */
  #besides(path: string, text: string): Record<string, string> {
    const found = Object.entries(this.#modulesOf(path, text));
    return Object.fromEntries(found.map(([name, module]) => [relative(dirname(path), name), module]));
  }

  #read(path: string): string {
    return readFileSync(join(this.#folder, path), "utf8");
  }
}
