import { Fifo, Link } from "../../collections/fifo.ts";
import { OUTSIDE } from "../../lifetime/async-scope.ts";
import { ComputingTime } from "../../lifetime/computing-time.ts";
import { ScriptError } from "../blame/errors.ts";
import { Job, JobFailure } from "./job.ts";
import { JobThread, type ThreadKind, type ThreadOwner } from "./job-thread.ts";

/** Milliseconds after which a thread without a job is ended. */
const IDLE_MS = 30_000;
/** Milliseconds between two looks at what the threads do. */
const TICK_MS = 50;
/** Milliseconds in which a thread must have started. */
const LONGEST_START_MS = 60_000;

export interface PoolOptions extends ThreadKind {
  /** Maximum number of threads, at least 2. They exist only while there are jobs. */
  readonly size: number;
  /** Milliseconds after which a job is ended, and fails. */
  readonly longestMs: number;
  /** Milliseconds of computing after which a job is ended, and begins again later, if others wait. Then it has twice as many. */
  readonly patienceMs: number;
}

/**
 * Threads that do jobs which nobody trusts to end. A long job holds up others for a short time only: if they wait, it is
 * ended, and begins again behind them. One thread is never given to such jobs, so it is there for new ones.
 */
export class JobPool<J, R> implements ThreadOwner<J, R> {
  readonly #options: PoolOptions;
  readonly #threads = new Set<JobThread<J, R>>();
  /** Threads that are being ended. */
  readonly #ending = new Set<Promise<void>>();
  readonly #fresh = new Fifo<Job<J, R>>();
  readonly #retried = new Fifo<Job<J, R>>();
  #turns = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #time = new ComputingTime();
  #isClosed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /**
   * @param given It is cloned, so long bytes should be in memory that threads share. It must stay as it is.
   * @throws JobFailure; ScriptError CLOSED
   */
  do(given: J): Promise<R> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw closed();
      this.#queue(this.#fresh, new Job(given, this.#options.patienceMs, resolve, reject));
      this.#dispatch();
    });
  }

  /** Ends all threads. Jobs reject with CLOSED. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    for (const job of [...this.#fresh.values(), ...this.#retried.values()]) job.reject(closed());
    for (const thread of [...this.#threads]) thread.fail(closed());
    await Promise.all(this.#ending);
  }

  onFree(thread: JobThread<J, R>): void {
    if (thread.isOver) this.#drop(thread);
    else if (this.#threads.has(thread)) thread.rest(IDLE_MS);
    this.#dispatch();
  }

  #queue(list: Fifo<Job<J, R>>, job: Job<J, R>): void {
    job.turn = ++this.#turns;
    list.push(new Link(job));
  }

  #dispatch(): void {
    while (!this.#isClosed) {
      const link = this.#next();
      if (link === null) return;
      const thread = this.#freeThread();
      if (thread === undefined) return;
      link.list?.remove(link);
      thread.begin(link.value);
      this.#startLooking();
    }
  }

  /** The job whose turn is next, of those that may begin if there is a thread. */
  #next(): Link<Job<J, R>> | null {
    const retrying = [...this.#threads].filter(({ job }) => job?.isRetried).length;
    const retried = retrying < this.#options.size - 1 ? this.#retried.first : null;
    const fresh = this.#fresh.first;
    if (retried === null || fresh === null) return retried ?? fresh;
    return retried.value.turn < fresh.value.turn ? retried : fresh;
  }

  /** A thread without a job, or a new one; undefined if there are as many as there may be. */
  #freeThread(): JobThread<J, R> | undefined {
    for (const thread of this.#threads) if (thread.job === undefined) return thread;
    if (this.#threads.size >= this.#options.size) return undefined;
    try {
      const thread = new JobThread(this, this.#options);
      this.#threads.add(thread);
      return thread;
    } catch (error) {
      // The system has no thread for it. Another thread will be free some time, if there is one.
      if (this.#threads.size === 0) this.#failAll(error as Error);
      return undefined;
    }
  }

  #failAll({ message }: Error): void {
    for (const list of [this.#fresh, this.#retried]) {
      for (let link = list.first; link !== null; link = list.first) {
        list.remove(link);
        link.value.reject(new JobFailure("died", message));
      }
    }
  }

  #drop(thread: JobThread<J, R>): void {
    this.#threads.delete(thread);
    const ending = thread.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #startLooking(): void {
    if (this.#timer !== undefined) return;
    this.#time.start();
    this.#timer = OUTSIDE.runInAsyncScope(() => setInterval(() => this.#look(), TICK_MS));
    // The thread that is waited for keeps the process alive, not the looking.
    this.#timer.unref();
  }

  #look(): void {
    const { passedMs, busyMs } = this.#time.take(2 * TICK_MS);
    const busy = [...this.#threads].filter(({ job }) => job !== undefined);
    for (const thread of busy) {
      thread.ms += passedMs;
      // Where other programs have the CPU, everything takes longer, and it would be of no use to begin again.
      thread.busyMs += busyMs;
      this.#judge(thread);
    }
    if (busy.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #judge(thread: JobThread<J, R>): void {
    const { longestMs } = this.#options;
    const { job } = thread;
    if (job === undefined) return;
    if (!thread.isReady) {
      if (thread.ms > LONGEST_START_MS) thread.fail(new JobFailure("died", "it did not start in time"));
    } else if (thread.ms > longestMs) {
      thread.fail(new JobFailure("slow", `it took more than ${longestMs / 1000} seconds`));
    } else if (thread.busyMs > job.patienceMs && this.#mustYield(job)) {
      this.#postpone(thread, job);
    }
  }

  /** Whether a job waits that may have the thread of this one. */
  #mustYield(job: Job<J, R>): boolean {
    return this.#fresh.length > 0 || (job.isRetried && this.#retried.length > 0);
  }

  #postpone(thread: JobThread<J, R>, job: Job<J, R>): void {
    thread.job = undefined;
    this.#drop(thread);
    job.postpone();
    this.#queue(this.#retried, job);
    this.#dispatch();
  }
}

function closed(): ScriptError {
  return new ScriptError("CLOSED", "the script runtime is closed");
}
