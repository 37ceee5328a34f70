// Makes dist/types/: the types of the entry points, and what they need. The types of everything else stay out.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, posix } from "node:path";
import { inRoot, read } from "../project.js";

/** Where the compiler writes the types of all files. */
export const ALL_TYPES = ".cache/types";
const OUTPUT = "dist/types";
const ENTRIES = [
  "host/index.d.ts",
  "host/script/index.d.ts",
  "host/testing/index.d.ts",
  "host/otel/index.d.ts",
  "host/fleet/redis/index.d.ts",
  "transform/index.d.ts",
];
/** Since version 6, TypeScript loads no types that nobody asks for. */
const NODE = '/// <reference types="node" />\n';
const IMPORT_LINE = /^import (?:type )?\{([^}]*)\} from .*;\n/gm;
const IMPORT = /((?:\bfrom|\bimport)\s*\(?")(\.[^"]*)\.ts"/g;

/** How the types of each kind of module end: those of `import`, and those of `require`. */
const KINDS = { ".d.ts": ".js", ".d.cts": ".cjs" };

export const TYPES = ENTRIES.flatMap((entry) => Object.keys(KINDS).map((kind) => outputOf(entry, kind)));

export function copyTypes() {
  rmSync(inRoot(OUTPUT), { recursive: true, force: true });
  const reached = new Set(ENTRIES);
  // The set grows during this loop, and the loop visits the new members too.
  for (const path of reached) {
    const own = withoutUnused(read(`${ALL_TYPES}/${path}`));
    const text = ENTRIES.includes(path) ? NODE + own : own;
    for (const [, , name] of text.matchAll(IMPORT)) {
      reached.add(`${posix.join(posix.dirname(path), name)}.d.ts`);
    }
    mkdirSync(dirname(inRoot(outputOf(path))), { recursive: true });
    for (const [kind, extension] of Object.entries(KINDS)) {
      writeFileSync(inRoot(outputOf(path, kind)), text.replace(IMPORT, `$1$2${extension}"`));
    }
  }
}

function outputOf(path, kind = ".d.ts") {
  return `${OUTPUT}/${path.replace(/\.d\.ts$/, kind)}`;
}

/** Without imports of which nothing is left: the compiler has left out what is internal, but not their names. */
function withoutUnused(text) {
  const rest = text.replace(IMPORT_LINE, "");
  const isUsed = (name) => new RegExp(`\\b${name}\\b`).test(rest);
  return text.replace(IMPORT_LINE, (line, names) => {
    const locals = names.split(",").map((name) =>
      name
        .trim()
        .split(/ as | /)
        .at(-1),
    );
    return locals.some((name) => name !== "" && isUsed(name)) ? line : "";
  });
}
