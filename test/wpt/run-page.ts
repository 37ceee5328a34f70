import { posix } from "node:path";
import { Worker } from "node:worker_threads";
import { moduleUrl } from "../../host/package-root.ts";
import type { PageReport, PageTask, Subtest } from "./page.ts";
import type { SuiteServer } from "./server.ts";
import type { SuiteTest } from "./tests.ts";

const LIMIT_MS = 60_000;
const HARNESS = "/resources/testharness.js";

/** Plays a test with one `fetch` in a worker of its own. What the page itself does wrong is a subtest without a name. */
export async function runPage(
  server: SuiteServer,
  test: SuiteTest,
  whose: PageTask["whose"],
): Promise<Subtest[]> {
  const url = server.origin(test.isSecure ? "https" : "http") + test.path;
  const [own = ""] = test.path.split("?");
  const paths = [HARNESS, ...test.scripts.map((path) => posix.resolve(posix.dirname(own), path)), own];
  const scripts = paths.map((path) => ({ name: path, text: textOf(server, path) }));
  const worker = new Worker(moduleUrl(new URL("./page.js", import.meta.url)), {
    workerData: { url, scripts, whose } satisfies PageTask,
    env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0", NODE_NO_WARNINGS: "1" },
    stdout: true,
    stderr: true,
  });
  const subtests: Subtest[] = [];
  const wrong = await endOf(worker, subtests);
  await worker.terminate();
  return wrong === null ? subtests : [...subtests, { name: "", status: 1, message: wrong }];
}

/** @returns Promise of what is wrong with the page; null if it has come to its end */
function endOf(worker: Worker, subtests: Subtest[]): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve("it does not end"), LIMIT_MS);
    const end = (wrong: string | null): void => {
      clearTimeout(timer);
      resolve(wrong);
    };
    worker.on("message", (report: PageReport) => {
      if (!("end" in report)) subtests.push(report);
      else end(report.end === 0 ? null : (report.message ?? `the harness ended with ${report.end}`));
    });
    worker.on("error", (error: Error) => end(error.message));
    worker.on("exit", () => end("it ended without a result"));
  });
}

/** The text of a script. Each character of the file was one byte. */
function textOf(server: SuiteServer, path: string): string {
  const bytes = server.files.read(path);
  if (bytes === null) throw new Error(`the suite has no ${path}`);
  return Buffer.from(bytes, "latin1").toString("utf8");
}
