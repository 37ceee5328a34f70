import { captureScope } from "./async-scope.ts";

/** How many milliseconds of a turn of the application's event loop one kind of work for scripts may take. */
export const MOST_MS_A_TURN = 5;

/**
 * Work that may take long, spread over turns of the event loop: in each turn as many jobs, in order, as begin within the
 * budget, and at least one. Each runs in the asynchronous context of whoever asked for it. Jobs must not throw.
 */
export class SpreadWork {
  readonly #budgetMs: number;
  #jobs: (() => void)[] = [];
  #spentMs = 0;
  #startedAt = 0;
  #isAwaitingTurn = false;

  /** @param budgetMs With 0, each turn does one job. */
  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
  }

  /** For the job that is done now: whether the turn has time left. A job that can stop here asks to be done later. */
  get hasTime(): boolean {
    return this.#spentMs + performance.now() - this.#startedAt <= this.#budgetMs;
  }

  /** Does a job: at once, if this turn has time left and no other job waits. */
  now(job: () => void): void {
    if (this.#jobs.length > 0 || this.#spentMs > this.#budgetMs) this.later(job);
    else this.#do(job);
  }

  /** Does a job in a later turn. */
  later(job: () => void): void {
    const scope = captureScope();
    this.#jobs.push(() => scope.runInAsyncScope(job));
    this.#awaitTurn();
  }

  /** Does at once whatever waits, because there will be no later turn. */
  flush(): void {
    for (const job of this.#jobs.splice(0)) job();
  }

  #do(job: () => void): void {
    const start = performance.now();
    this.#startedAt = start;
    job();
    this.#spentMs += performance.now() - start;
    this.#awaitTurn();
  }

  #awaitTurn(): void {
    if (this.#isAwaitingTurn) return;
    this.#isAwaitingTurn = true;
    setImmediate(() => this.#beginTurn());
  }

  #beginTurn(): void {
    this.#isAwaitingTurn = false;
    this.#spentMs = 0;
    // What the jobs ask for stands behind those that wait.
    const jobs = this.#jobs;
    this.#jobs = [];
    let done = 0;
    do {
      const job = jobs[done++];
      if (job !== undefined) this.#do(job);
    } while (done < jobs.length && this.#spentMs <= this.#budgetMs);
    if (done < jobs.length) this.#jobs = [...jobs.slice(done), ...this.#jobs];
    if (this.#jobs.length > 0) this.#awaitTurn();
  }
}
