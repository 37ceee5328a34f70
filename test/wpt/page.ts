// A page: a worker in which the scripts of one test run, as in a browser. It sends the results to whoever started it.
import { runInThisContext } from "node:vm";
import { parentPort, workerData } from "node:worker_threads";

/** What a page is given. */
export interface PageTask {
  readonly url: string;
  readonly scripts: readonly { readonly name: string; readonly text: string }[];
  /** Whose `fetch` is tested. */
  readonly whose: "ours" | "node";
}

/** The result of one test of a page. */
export interface Subtest {
  readonly name: string;
  /** 0 if it has passed. */
  readonly status: number;
  readonly message: string | null;
}

/** What a page sends: each result, and at the end the status of testharness.js, which is 0 if all went well. */
export type PageReport = Subtest | { readonly end: number; readonly message: string | null };

/** What testharness.js offers. */
interface Harness {
  add_result_callback(onResult: (test: Subtest) => void): void;
  add_completion_callback(onEnd: (tests: unknown, harness: Omit<Subtest, "name">) => void): void;
}

async function ourFetch(): Promise<typeof globalThis.fetch> {
  const { createHttpBackground } = await import("../../host/index.ts");
  const http = await createHttpBackground({ threads: [{ id: "page" }] }, { env: {} });
  return http.fetch("page", { tls_verify_peer: false, tls_verify_host: false });
}

const { url, scripts, whose } = workerData as PageTask;
const location = new URL(url);
// With this symbol, Node's own Request and Response learn where the page is.
Object.assign(globalThis, { [Symbol.for("undici.globalOrigin.1")]: location });
const fetch = whose === "node" ? globalThis.fetch : await ourFetch();
Object.assign(globalThis, {
  self: globalThis,
  location,
  fetch,
  GLOBAL: { isWindow: () => false, isWorker: () => true, isShadowRealm: () => false },
});
// A test may leave promises behind that nobody waits for.
process.on("unhandledRejection", () => {});
const [harness, ...tests] = scripts;
if (harness === undefined) throw new Error("a page needs testharness.js");
runInThisContext(harness.text, harness.name);
const { add_result_callback, add_completion_callback } = globalThis as unknown as Harness;
const report = (what: PageReport): void => parentPort?.postMessage(what);
add_result_callback(({ name, status, message }) => report({ name, status, message }));
add_completion_callback((_tests, { status, message }) => report({ end: status, message }));
for (const { name, text } of tests) runInThisContext(text, name);
