// Finds which file needs which, by the text of the file: relative imports, first modules of threads and processes, what
// scripts import, paths from the root ("docs/abi.md"), names of vectors, and built files ("dist/http-background.wasm").
// A string that only looks like one of these does no harm.
import { posix } from "node:path";
import { filesIn, read, SOURCE_FOLDERS } from "./project.js";

/** The sources of compiled guests, and the files behind the package's names. */
// Without a prototype, because tests also contain strings such as "constructor".
const ENTRIES = {
  __proto__: null,
  "http-background": "host/index.ts",
  "http-background/assembly": "assembly/index.ts",
  "http-background/otel": "host/otel/index.ts",
  "http-background/script": "host/script/index.ts",
  "http-background/transform": "transform/index.ts",
  "http-background.wasm": "assembly/plugin.ts",
  "prelude.js": "host/script/javascript/prelude/main.ts",
  "http-background.debug.wasm": "assembly/plugin.ts",
  "encoding.wasm": "test/assembly/encoding.ts",
  "encoding.debug.wasm": "test/assembly/encoding.ts",
  "values.wasm": "test/assembly/values.ts",
  "values.debug.wasm": "test/assembly/values.ts",
};
const MENTION = /(?:\bfrom|\bimport|[[(=:,?])\s*"([\w./-]+)"/g;

/** All source files, each with the files that it mentions. */
export function readGraph() {
  const files = [...SOURCE_FOLDERS, "docs"].flatMap(filesIn);
  const known = new Set(files);
  const sources = files.filter((path) => path.endsWith(".ts"));
  return new Map(sources.map((path) => [path, mentionsIn(path, known)]));
}

function mentionsIn(path, known) {
  const found = new Set();
  for (const [, mention] of read(path).matchAll(MENTION)) {
    const target = resolveMention(path, mention, known);
    if (target !== undefined && target !== path) found.add(target);
  }
  return found;
}

function resolveMention(path, mention, known) {
  const entry = ENTRIES[mention] ?? ENTRIES[posix.basename(mention)];
  if (entry !== undefined) return entry;
  const target = mention.startsWith(".")
    ? posix.join(posix.dirname(path), mention)
    : mention.replace(/^dist\//, "");
  const candidates = [target, target.replace(/\.js$/, ".ts")];
  if (path.startsWith("test/")) candidates.push(`test/vectors/${target}.json`);
  return candidates.find((candidate) => known.has(candidate));
}

/** Everything that these files need, including the files themselves, the nearest first. */
export function reachable(graph, entries) {
  const reached = new Set(entries);
  for (const path of reached) for (const next of graph.get(path) ?? []) reached.add(next);
  return reached;
}

/** The reversed graph: for each file, the files that need it. */
export function reversed(graph) {
  const users = new Map();
  for (const [path, mentions] of graph) {
    for (const mention of mentions) users.set(mention, (users.get(mention) ?? new Set()).add(path));
  }
  return users;
}
