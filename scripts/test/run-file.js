// Runs one test file in its own process, and ends the process when nothing happens in it any more. The time limit of
// Node is for the whole file on some versions, and for each test on others. There an endless loop never ends.
import { spawn } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { root } from "../project.js";
import { FileResult } from "./file-result.js";

const REPORTER = pathToFileURL(fileURLToPath(new URL("child-reporter.js", import.meta.url))).href;

const running = new Set();
// Each is a group of processes. So the processes that a test has started end too, even if we are ended by a signal.
process.once("exit", () => {
  for (const child of running) killGroup(child);
});
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.once(signal, () => process.exit(code));
}

/** @param options `flags` for Node; `limitMs`: the time limit of one test. @returns Promise of a FileResult */
export function runFile(path, { name, flags, limitMs }) {
  const result = new FileResult(name);
  const reporting = [`--test-reporter=${REPORTER}`, "--test-reporter-destination=stdout"];
  const child = spawn(process.execPath, [...flags, ...reporting, path], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    detached: true,
  });
  running.add(child);
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
      running.delete(child);
      resolve(result.ended(code, signal));
    };
  });
}

/** Time to read the rest in the pipes of a process that has ended. */
const GRACE_MS = 500;

function killGroup({ pid }) {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch {
    // The process has ended already.
  }
}
