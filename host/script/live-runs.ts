import { ABORTS } from "../lifetime/abort-watch.ts";
import { type Limits, limitError } from "./blame/limits.ts";
import type { Run } from "./run/run.ts";
import { RunQueue } from "./run/run-queue.ts";
import type { RuntimeStats } from "./runtime-stats.ts";

/** The runs of a runtime that are not over. */
export class LiveRuns {
  readonly #runs = new Set<Run>();
  readonly #queue: RunQueue;
  readonly #mostQueued: number;
  readonly #onQuiet: () => void;
  /** Resolves when the last run is over. */
  #quiet: Promise<void> | undefined;
  #resolveQuiet: (() => void) | undefined;

  /**
   * @param whenRoom Calls a function once, when there may be more memory than now
   * @param onQuiet Called whenever the last run is over
   */
  constructor(
    { concurrentRuns, queuedRuns }: Pick<Limits, "concurrentRuns" | "queuedRuns">,
    whenRoom: (onRoom: () => void) => void,
    onQuiet: () => void,
  ) {
    this.#queue = new RunQueue(concurrentRuns, queuedRuns, whenRoom);
    this.#mostQueued = queuedRuns;
    this.#onQuiet = onQuiet;
  }

  /** Starts the run, now or later, or ends it. */
  add(run: Run): void {
    const { signal } = run.books.parts;
    this.#runs.add(run);
    if (signal !== undefined) ABORTS.add(signal, run);
    run.announce();
    if (!run.books.isOver && !this.#queue.join(run)) run.end(limitError("queuedRuns", this.#mostQueued));
  }

  /** The run is over. */
  remove(run: Run): void {
    const { signal } = run.books.parts;
    this.#runs.delete(run);
    if (signal !== undefined) ABORTS.forget(signal, run);
    this.#queue.leave(run);
    if (this.#runs.size > 0) return;
    this.#onQuiet();
    this.#resolveQuiet?.();
  }

  stats(): Pick<RuntimeStats, "queued" | "running" | "waiting" | "parkedBytes" | "cpuMs"> {
    let waiting = 0;
    let parkedBytes = 0;
    let cpuMs = 0;
    for (const run of this.#runs) {
      if (run.isWaiting) waiting++;
      parkedBytes += run.books.holdings.parkedBytes;
      cpuMs += run.books.usage.cpuMs;
    }
    const { inside: running, length: queued } = this.#queue;
    return { queued, running, waiting, parkedBytes, cpuMs };
  }

  /** Resolves when the last run is over. No run may be added after this was called. */
  async whenQuiet(): Promise<void> {
    if (this.#runs.size === 0) return;
    this.#quiet ??= new Promise<void>((resolve) => {
      this.#resolveQuiet = resolve;
    });
    await this.#quiet;
  }

  /** Ends all of them, each with an error of its own. */
  endAll(makeError: () => Error): void {
    // The last run first, because the end of a run lets the next one start.
    for (const run of [...this.#runs].reverse()) run.end(makeError());
  }
}
