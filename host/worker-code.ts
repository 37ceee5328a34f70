import { Worker, type WorkerOptions } from "node:worker_threads";
import { moduleUrl } from "./package-root.ts";

/**
 * The code of a worker thread: the URL that its first module has after compilation, or all of its code, as the text of a
 * CommonJS module. In the published package such URLs are replaced by texts (scripts/package/bundle.js), so that it needs
 * no file when an application was bundled.
 */
export type WorkerCode = URL | string;

/** Starts a worker thread. */
export function startWorker(code: WorkerCode, options: WorkerOptions = {}): Worker {
  if (typeof code === "string") return new Worker(code, { ...options, eval: true });
  return new Worker(moduleUrl(code), options);
}
