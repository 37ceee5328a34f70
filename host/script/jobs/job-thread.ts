import type { ResourceLimits, Worker, WorkerOptions } from "node:worker_threads";
import { OUTSIDE } from "../../lifetime/async-scope.ts";
import { startWorker, type WorkerCode } from "../../worker-code.ts";
import { type Job, JobFailure } from "./job.ts";

/** How a thread is started. */
export interface ThreadKind {
  /** Its first module calls `serveJobs`. */
  readonly code: WorkerCode;
  /** The size of its heap. @default that of the process */
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Whether it gets nothing of the process: no environment, no arguments. @default false */
  readonly isBare?: boolean | undefined;
}

/** The owner of a thread. */
export interface ThreadOwner<J, R> {
  /** The thread has done its job, or the job has failed. It can have another one, unless it is over. */
  onFree(thread: JobThread<J, R>): void;
}

const BARE = { env: {}, argv: [], execArgv: [] } satisfies WorkerOptions;
/** The error of Node for a thread whose heap is full. */
const HEAP_IS_FULL = "ERR_WORKER_OUT_OF_MEMORY";

/** A thread that does one job at a time. */
export class JobThread<J, R> {
  /** What it does now. */
  job: Job<J, R> | undefined;
  /** Milliseconds that it has been at it. */
  ms = 0;
  /** The milliseconds of these in which it can have computed. */
  busyMs = 0;
  /** Whether its first module has run to its end. Until then it does not compute for a job. */
  isReady = false;
  isOver = false;
  readonly #worker: Worker;
  readonly #owner: ThreadOwner<J, R>;
  #idleTimer: NodeJS.Timeout | undefined;

  /** @throws Error if the system has no thread or no memory for one more */
  constructor(owner: ThreadOwner<J, R>, { code, resourceLimits, isBare }: ThreadKind) {
    this.#owner = owner;
    // It belongs to no caller, so it must not have the asynchronous context of the first one.
    this.#worker = OUTSIDE.runInAsyncScope(() =>
      startWorker(code, { ...(isBare && BARE), ...(resourceLimits && { resourceLimits }) }),
    );
    this.#worker.once("message", () => {
      this.isReady = true;
      this.#resetTime();
      this.#worker.on("message", (result: R) => this.#finish((job) => job.resolve(result)));
    });
    this.#worker.on("messageerror", (error) => this.fail(new JobFailure("died", error.message)));
    this.#worker.on("error", (error: NodeJS.ErrnoException) => {
      this.fail(new JobFailure(error.code === HEAP_IS_FULL ? "memory" : "died", error.message));
    });
    this.#worker.on("exit", (code) => this.fail(new JobFailure("died", `it stopped with the code ${code}`)));
  }

  /** Begins a job. There is none now. */
  begin(job: Job<J, R>): void {
    clearTimeout(this.#idleTimer);
    this.job = job;
    this.#resetTime();
    this.#worker.ref();
    try {
      this.#worker.postMessage(job.given);
    } catch (error) {
      this.fail(new JobFailure(error instanceof RangeError ? "memory" : "died", (error as Error).message));
    }
  }

  /** Ends the thread, whatever it does. Its job fails. */
  fail(error: unknown): void {
    if (this.isOver) return;
    void this.end();
    this.#finish((job) => job.reject(error));
  }

  /** It has nothing to do. After `idleMs` it ends. Until then it does not keep the process alive. */
  rest(idleMs: number): void {
    this.#worker.unref();
    this.#idleTimer = OUTSIDE.runInAsyncScope(() =>
      setTimeout(() => this.fail(new Error("it had nothing to do")), idleMs),
    );
    this.#idleTimer.unref();
  }

  /** Ends the thread, whatever it does. Nobody learns of its job. Resolves when it has ended. */
  async end(): Promise<void> {
    this.isOver = true;
    clearTimeout(this.#idleTimer);
    await this.#worker.terminate();
  }

  #resetTime(): void {
    this.ms = 0;
    this.busyMs = 0;
  }

  #finish(settle: (job: Job<J, R>) => void): void {
    const { job } = this;
    this.job = undefined;
    if (job !== undefined) settle(job);
    this.#owner.onFree(this);
  }
}
