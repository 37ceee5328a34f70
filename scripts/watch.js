// Runs tests whenever a file is saved: those that need the file, or those whose path contains PATTERN.
// Usage: npm run watch -- [PATTERN …]
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { reachable, readGraph, reversed } from "./import-graph.js";
import { inRoot, SOURCE_FOLDERS } from "./project.js";

/** How long it waits for more changes. An editor writes a file in several steps, and a checkout writes many files. */
const SETTLE_MS = 50;

const patterns = process.argv.slice(2);
const changed = new Set();
let timer;
let run;

// A watched folder or file may disappear. It tries again at the next save.
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

/** Runs the next tests. Files whose tests failed, or did not run yet, still count as changed. */
function next() {
  const names = patterns.length > 0 ? patterns : affectedTests();
  console.log(`\n${new Date().toLocaleTimeString()}  ${[...changed].join(", ")}`);
  if (names.length > 0) return start(names);
  changed.clear();
  console.log("no test needs it");
}

/** The tests that need a changed file, the nearest first. Peers are left out, because they must be started before. */
function affectedTests() {
  const graph = readGraph();
  const tests = [...graph.keys()].filter(
    (path) => path.endsWith(".test.ts") && !path.startsWith("test/peers/"),
  );
  const reached = reachable(reversed(graph), changed);
  return [...reached].filter((path) => tests.includes(path));
}

/** Stops the running tests, and runs these instead. */
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
  // The test runner ends the processes that it has started.
  run?.kill("SIGTERM");
  run = undefined;
}
