import { Worker } from "node:worker_threads";
import { ScriptError } from "../blame/errors.ts";

/** A worker without a job is ended after this time, because a compiler needs hundreds of MiB. */
const IDLE_MS = 30_000;
/** A job that takes longer is ended, because sources are not trusted. */
const LONGEST_JOB_MS = 120_000;

interface QueuedJob<J, R> {
  readonly job: J;
  resolve(result: R): void;
  reject(error: unknown): void;
}

/** One worker thread that does one job after the other. It exists only while there are jobs. */
export class WorkerQueue<J, R> {
  readonly #file: URL;
  readonly #waiting: QueuedJob<J, R>[] = [];
  #worker: Worker | undefined;
  #current: QueuedJob<J, R> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param file The file of the worker. It answers each message, which is a job, with one message, which is its result.
   */
  constructor(file: URL) {
    this.#file = file;
  }

  /** @throws ScriptError COMPILE_FAILED if the worker failed, or took too long */
  do(job: J): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ job, resolve, reject });
      this.#next();
    });
  }

  /** Ends the worker. Its jobs reject. */
  async close(): Promise<void> {
    const jobs = [...this.#waiting.splice(0), ...(this.#current ? [this.#current] : [])];
    this.#current = undefined;
    for (const { reject } of jobs) reject(new ScriptError("CLOSED", "the script runtime is closed"));
    await this.#endWorker();
  }

  #next(): void {
    if (this.#current !== undefined) return;
    clearTimeout(this.#timer);
    this.#current = this.#waiting.shift();
    if (this.#current === undefined) {
      this.#timer = setTimeout(() => void this.#endWorker(), IDLE_MS);
      this.#timer.unref();
      this.#worker?.unref();
      return;
    }
    this.#worker ??= this.#spawn();
    this.#worker.ref();
    this.#timer = setTimeout(
      () => this.#fail(`it took more than ${LONGEST_JOB_MS / 1000} seconds`),
      LONGEST_JOB_MS,
    );
    this.#worker.postMessage(this.#current.job);
  }

  #spawn(): Worker {
    const worker = new Worker(this.#file);
    worker.on("message", (result: R) => this.#finish((current) => current.resolve(result)));
    worker.on("error", (error) => {
      if (this.#worker === worker) this.#fail(error.message);
    });
    // A worker may also stop without an error, for example if the compiler ends the process.
    worker.on("exit", (code) => {
      if (this.#worker === worker) this.#fail(`it stopped with the code ${code}`);
    });
    return worker;
  }

  #fail(why: string): void {
    void this.#endWorker();
    this.#finish((current) =>
      current.reject(new ScriptError("COMPILE_FAILED", `the compiler failed: ${why}`)),
    );
  }

  #finish(settle: (current: QueuedJob<J, R>) => void): void {
    const current = this.#current;
    this.#current = undefined;
    if (current !== undefined) settle(current);
    this.#next();
  }

  async #endWorker(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    clearTimeout(this.#timer);
    await worker?.terminate();
  }
}
