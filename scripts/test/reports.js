// Shows results, for a person or as TAP. A reporter gets each file when the file has ended, and all files at the end.
import { relative } from "node:path";
import { root } from "../project.js";

const KINDS = ["pass", "fail", "cancelled", "skipped", "todo"];

/** One line for each file, and at the end the full text of all failures. */
const text = {
  begin: (count) => console.log(`${count} ${count === 1 ? "file" : "files"} of tests`),
  file({ name, tests, failures, ms, output }) {
    const seconds = `${(ms / 1000).toFixed(1)} s`;
    if (failures.length === 0) console.log(`ok    ${name}  ${tests.length}, ${seconds}`);
    else console.log(`FAIL  ${name}  ${failures.length} of ${tests.length}, ${seconds}`);
    for (const { path } of failures) console.log(`      not ok: ${path}`);
    if (output.trim() !== "") console.log(indent(output.trimEnd(), "    | "));
  },
  end(results, ms) {
    for (const { failures } of results) {
      for (const { path, place, error } of failures) {
        console.log(
          `\nnot ok: ${path}\n${place ? `  at ${relative(root, place)}\n` : ""}\n${indent(error, "  ")}`,
        );
      }
    }
    console.log();
    printCounts(results, ms);
  },
};

/** TAP 13, flat: the name of a test begins with the names of its parents. */
const tap = {
  begin: () => console.log("TAP version 13"),
  file({ name, tests, output }) {
    if (output.trim() !== "") console.log(indent(output.trimEnd(), "# "));
    for (const test of tests) printTapLine(name, test);
  },
  end(results, ms) {
    console.log(`1..${tapCount}`);
    printCounts(results, ms);
  },
};

/** By the names on the command line. */
export const REPORTS = { text, tap };

let tapCount = 0;

function printTapLine(file, { path, status, reason, error, place, ms }) {
  const verdict = status === "fail" || status === "cancelled" ? "not ok" : "ok";
  const name = `${file} > ${path}`.replace(/\n/g, "\\n").replace(/#/g, "\\#");
  const directive = status === "skipped" ? " # SKIP" : status === "todo" ? " # TODO" : "";
  const why = typeof reason === "string" && reason !== "" ? ` ${reason}` : "";
  console.log(`${verdict} ${++tapCount} - ${name}${directive}${directive && why}`);
  const details = [`duration_ms: ${ms ?? 0}`];
  if (place) details.push(`at: '${place}'`);
  if (error) details.push(`error: |-\n${indent(error, "  ")}`);
  console.log(indent(["---", ...details, "..."].join("\n"), "  "));
}

/** Prints the same last lines as node:test. */
function printCounts(results, ms) {
  const tests = results.flatMap((result) => result.tests);
  console.log(`# tests ${tests.length}`);
  console.log(`# suites ${results.reduce((sum, { suites }) => sum + suites, 0)}`);
  for (const kind of KINDS) console.log(`# ${kind} ${tests.filter(({ status }) => status === kind).length}`);
  console.log(`# duration_ms ${Math.round(ms)}`);
}

function indent(lines, by) {
  return lines.replace(/^/gm, by);
}
