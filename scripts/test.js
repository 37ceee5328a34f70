// Runs the tests whose path contains PATTERN; without one, all tests except the peers. It builds what they need before.
// Usage: npm test -- [PATTERN …] [--except PATTERN …] [--name REGEX] [--timeout SECONDS] [--tap | --reporter text|tap]
// [--in FOLDER]

import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { compiledPath } from "./build/transpile.js";
import { buildFor } from "./build.js";
import { filesIn, inRoot } from "./project.js";
import { REPORTS } from "./test/reports.js";
import { runFile } from "./test/run-file.js";

/** Parts of the paths of files that compare times, or ask much of the machine. They run alone, after the others. */
const ALONE = [
  "integration/holds",
  "script/steps/step-clock",
  "script/limits",
  "script/workers/",
  "hostile/",
  "fuzz/",
];

/** From this version on, Node runs TypeScript, including `using`. */
const RUNS_SOURCES = Number.parseInt(process.versions.node, 10) >= 24;

const { values, positionals: patterns } = parseArgs({
  options: {
    name: { type: "string" },
    except: { type: "string", multiple: true, default: [] },
    // The slowest test needs a fifth of this time here.
    timeout: { type: "string", default: "60" },
    tap: { type: "boolean", default: false },
    reporter: { type: "string", default: "text" },
    // For the tests of this program: runs the tests of a folder that needs no build.
    in: { type: "string" },
  },
  allowPositionals: true,
});
const report = REPORTS[values.tap ? "tap" : values.reporter];
if (report === undefined)
  fail(`there is no reporter "${values.reporter}"; the reporters are ${Object.keys(REPORTS).join(", ")}`);

// The reader has closed the pipe, as `| head` does.
process.stdout.on("error", () => process.exit(1));
const files = values.in === undefined ? await buildTests() : listFolder(resolve(values.in));
if (files.length === 0) fail(`no tests match ${patterns.join(", ")}`);
process.exitCode = (await runAll(files)) ? 0 : 1;

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Builds what the tests need. Returns the names and paths of their files. */
async function buildTests() {
  // In the order of the patterns.
  const sources = filesIn("test")
    .filter(isSelected)
    .sort((a, b) => rank(a) - rank(b));
  if (sources.length > 0 && !(await buildFor(sources))) process.exit(1);
  return sources.map((name) => ({ name, path: inRoot(RUNS_SOURCES ? name : compiledPath(name)) }));
}

function isSelected(path) {
  if (!path.endsWith(".test.ts") || isExcepted(path)) return false;
  const asked = patterns.filter((pattern) => path.includes(pattern));
  // Tests of peers need servers, which must be started before.
  if (path.startsWith("test/peers/")) return asked.some((pattern) => pattern.includes("peers"));
  return patterns.length === 0 || asked.length > 0;
}

function isExcepted(path) {
  return values.except.some((pattern) => path.includes(pattern));
}

function rank(path) {
  return patterns.findIndex((pattern) => path.includes(pattern));
}

function listFolder(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".test.mjs"));
  return names
    .filter((name) => !isExcepted(name) && (patterns.length === 0 || rank(name) !== -1))
    .sort()
    .map((name) => ({ name, path: join(folder, name) }));
}

/** @returns Whether nothing failed */
async function runAll(files) {
  const started = performance.now();
  const options = { flags: flags(), limitMs: 1000 * Number(values.timeout) };
  const results = [];
  report.begin(files.length);
  const work = async (waiting) => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const result = await runFile(file.path, { name: file.name, ...options });
      results.push(result);
      report.file(result);
    }
  };
  const isAlone = ({ name }) => ALONE.some((part) => name.includes(part));
  const together = files.filter((file) => !isAlone(file));
  await Promise.all(Array.from({ length: availableParallelism() }, () => work(together)));
  await work(files.filter(isAlone));
  report.end(results, performance.now() - started);
  return results.every(({ failures }) => failures.length === 0);
}

function flags() {
  const guard = "test/support/guard.ts";
  const path = inRoot(RUNS_SOURCES ? guard : compiledPath(guard));
  return [
    ...(RUNS_SOURCES ? [] : ["--enable-source-maps"]),
    ...(values.in === undefined ? ["--import", pathToFileURL(path).href] : []),
    ...(values.name === undefined ? [] : [`--test-name-pattern=${values.name}`]),
  ];
}
