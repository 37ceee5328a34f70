import { captureScope } from "./async-scope.ts";

/** How many milliseconds of a turn of the application's event loop one kind of work for scripts may take. */
export const MOST_MS_A_TURN = 5;

/**
 * Work that may take long, spread over turns of the event loop: in each turn as many jobs, in order, as begin within the
 * budget, and at least one. Each runs in the asynchronous context of whoever asked for it. Jobs must not throw.
 */
export class SpreadWork {
  readonly #budgetMs: number;
  /** Those that wait, in order. */
  readonly #jobs = new Set<() => void>();
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
    if (this.#jobs.size > 0 || this.#spentMs > this.#budgetMs) this.later(job);
    else this.#do(job);
  }

  /** Does a job in a later turn. @returns takes it out of the line */
  later(job: () => void): () => void {
    const scope = captureScope();
    const inScope = (): void => scope.runInAsyncScope(job);
    this.#jobs.add(inScope);
    this.#awaitTurn();
    return () => void this.#jobs.delete(inScope);
  }

  /** Resolves when all that wait now are done; undefined if none waits. */
  get pending(): Promise<void> | undefined {
    return this.#jobs.size === 0 ? undefined : new Promise((resolve) => this.later(resolve));
  }

  #do(job: () => void): void {
    const start = performance.now();
    this.#startedAt = start;
    // Others wait, whatever becomes of this one.
    this.#awaitTurn();
    job();
    this.#spentMs += performance.now() - start;
  }

  #awaitTurn(): void {
    if (this.#isAwaitingTurn) return;
    this.#isAwaitingTurn = true;
    setImmediate(() => this.#beginTurn());
  }

  #beginTurn(): void {
    this.#isAwaitingTurn = false;
    this.#spentMs = 0;
    // What the jobs ask for is for the next turn.
    let left = this.#jobs.size;
    for (const job of this.#jobs) {
      this.#jobs.delete(job);
      this.#do(job);
      if (--left === 0 || this.#spentMs > this.#budgetMs) return;
    }
  }
}
