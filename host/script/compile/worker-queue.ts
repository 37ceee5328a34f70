import { Worker } from "node:worker_threads";
import { ScriptError } from "../blame/errors.ts";

/** A worker that has nothing to do is ended after this: a compiler has hundreds of MiB. */
const IDLE_MS = 30_000;
/** A job that takes longer is ended: sources are not trusted either. */
const LONGEST_JOB_MS = 120_000;

interface QueuedJob<J, R> {
  readonly job: J;
  resolve(result: R): void;
  reject(error: unknown): void;
}

/** One worker thread that does one job after the other, and is there only while there are some. */
export class WorkerQueue<J, R> {
  readonly #file: URL;
  readonly #waiting: QueuedJob<J, R>[] = [];
  #worker: Worker | undefined;
  #current: QueuedJob<J, R> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param file Of the worker: it answers each message, a job, with one, its result. */
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

  /** Ends the worker. What was to be done is rejected. */
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
    // One that stops by itself, as a compiler does that cannot go on, has no error.
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
