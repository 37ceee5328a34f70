// Which file needs which, by what is written in it: relative imports, modules that a thread or a process begins with, files
// that are named from the root ("docs/abi.md"), and what is built ("dist/http-background.wasm").
import { existsSync } from "node:fs";
import { posix } from "node:path";
import { filesIn, inRoot, read, SOURCE_FOLDERS } from "./project.js";

/** What the compiled guests are made of. */
const BUILT = {
  "http-background.wasm": "assembly/plugin.ts",
  "http-background.debug.wasm": "assembly/plugin.ts",
  "encoding.wasm": "test/assembly/encoding.ts",
  "encoding.debug.wasm": "test/assembly/encoding.ts",
};
const MENTION = /(\bfrom|\bimport|\bimport\(|\bURL\(|[[(=:,?])\s*"([\w./-]+)"/g;

/** Every file of the sources, with those that it mentions. */
export function readGraph() {
  const files = SOURCE_FOLDERS.flatMap(filesIn).filter((path) => path.endsWith(".ts"));
  const known = new Set(files);
  return new Map(files.map((path) => [path, mentionsIn(path, known)]));
}

function mentionsIn(path, known) {
  const found = new Set();
  for (const [, , mention] of read(path).matchAll(MENTION)) {
    const target = resolveMention(path, mention, known);
    if (target !== undefined && target !== path) found.add(target);
  }
  return found;
}

function resolveMention(path, mention, known) {
  const built = BUILT[posix.basename(mention)];
  if (built !== undefined) return built;
  const relative = mention.startsWith(".");
  const target = relative ? posix.join(posix.dirname(path), mention) : mention.replace(/^dist\//, "");
  for (const candidate of [target, target.replace(/\.js$/, ".ts")])
    if (known.has(candidate)) return candidate;
  return /^(test|docs)\/[^.]+\.\w+$/.test(target) && existsSync(inRoot(target)) ? target : undefined;
}

/** Everything that these need, themselves included, the nearest first. */
export function reachable(graph, entries) {
  const reached = new Set(entries);
  for (const path of reached) for (const next of graph.get(path) ?? []) reached.add(next);
  return reached;
}

/** The graph the other way round: who needs a file. */
export function reversed(graph) {
  const users = new Map();
  for (const [path, mentions] of graph) {
    for (const mention of mentions) users.set(mention, (users.get(mention) ?? new Set()).add(path));
  }
  return users;
}
