// Runs tests whenever a file is saved: those that need the file, or those whose path has PATTERN in it.
// Usage: npm run watch -- [PATTERN …]
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { reachable, readGraph, reversed } from "./import-graph.js";
import { inRoot, SOURCE_FOLDERS } from "./project.js";

/** An editor writes a file in several steps, and a checkout many files. */
const SETTLE_MS = 50;

const patterns = process.argv.slice(2);
const changed = new Set();
let timer;
let run;

// Whatever happens to a folder that is looked at, or to a file of it: the next save is another try.
process.on("uncaughtException", (error) => console.error(error.message));
process.once("exit", () => stop());
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit());

for (const folder of SOURCE_FOLDERS) watchFolder(folder);
console.log(`watching ${SOURCE_FOLDERS.join(", ")}`);
if (patterns.length > 0) start(patterns);

function watchFolder(folder) {
  watch(inRoot(folder), { recursive: true }, (_event, name) => {
    if (name !== null && /\.(ts|json|md)$/.test(name)) notice(`${folder}/${name.replaceAll("\\", "/")}`);
  });
}

function notice(path) {
  changed.add(path);
  clearTimeout(timer);
  timer = setTimeout(next, SETTLE_MS);
}

/** What failed, or did not get its turn, stays among what changed. */
function next() {
  const names = patterns.length > 0 ? patterns : affectedTests();
  console.log(`\n${new Date().toLocaleTimeString()}  ${[...changed].join(", ")}`);
  if (names.length > 0) return start(names);
  changed.clear();
  console.log("no test needs it");
}

/** The tests that reach what changed, the nearest first. Peers have to be started. */
function affectedTests() {
  const graph = readGraph();
  const tests = [...graph.keys()].filter(
    (path) => path.endsWith(".test.ts") && !path.startsWith("test/peers/"),
  );
  const reached = reachable(reversed(graph), changed);
  return [...reached].filter((path) => tests.includes(path));
}

/** Runs these tests in place of those that are running. */
function start(names) {
  stop();
  const child = spawn(process.execPath, [inRoot("scripts/test.js"), ...names], { stdio: "inherit" });
  run = child;
  child.once("exit", (code) => {
    if (run !== child) return;
    run = undefined;
    if (code === 0) changed.clear();
  });
}

function stop() {
  // It ends what it started itself.
  run?.kill("SIGTERM");
  run = undefined;
}
