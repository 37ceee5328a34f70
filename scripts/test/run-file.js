// Runs one test file in its own process, and ends the process when nothing happens in it any more. The time limit of
// Node is for the whole file on some versions, and for each test on others. There an endless loop never ends.
import { fileURLToPath, pathToFileURL } from "node:url";
import { killGroup, spawnGroup } from "../process-groups.js";
import { root } from "../project.js";
import { FileResult } from "./file-result.js";

const REPORTER = pathToFileURL(fileURLToPath(new URL("child-reporter.js", import.meta.url))).href;

/** @param options `flags` for Node; `limitMs`: the time limit of one test. @returns Promise of a FileResult */
export function runFile(path, { name, flags, limitMs }) {
  const result = new FileResult(name);
  const reporting = [`--test-reporter=${REPORTER}`, "--test-reporter-destination=stdout"];
  // A group, so that the processes that a test has started end too.
  const child = spawnGroup(process.execPath, [...flags, ...reporting, path], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const timer = setTimeout(() => {
    result.timedOut(limitMs);
    killGroup(child);
  }, limitMs);
  child.on("message", (event) => {
    timer.refresh();
    result.take(event);
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => result.print(text));
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // A process that a test has left running may keep the pipes open. We do not wait for it.
    child.once("exit", (code, signal) => setTimeout(() => finish(code, signal), GRACE_MS));
    child.once("close", (code, signal) => finish(code, signal));
    const finish = (code, signal) => {
      clearTimeout(timer);
      killGroup(child);
      resolve(result.ended(code, signal));
    };
  });
}

/** Time to read the rest in the pipes of a process that has ended. */
const GRACE_MS = 500;
