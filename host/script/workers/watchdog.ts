import { ComputingTime, type Elapsed } from "../../lifetime/computing-time.ts";
import type { ScriptWorker } from "./script-worker.ts";

/** Milliseconds between two looks at the workers that have something to do. */
const TICK_MS = 10;
/** Milliseconds of one step after which others do not wait behind it. */
const STALL_MS = 5;
/** Milliseconds of one step without a sign of the meter. It looks up every few; an instance, or one bulk instruction, takes a few hundred. */
const MOST_SILENT_MS = 1000;

/** Who is told. */
export interface WatchdogOwner {
  /** A step takes long. Told once for each. */
  onStall(worker: ScriptWorker): void;
  /** A worker has been silent for longer than it may be. Told once. */
  onSilence(worker: ScriptWorker): void;
}

interface Watched {
  ticket: number;
  beats: number;
  /** Milliseconds in the step, as far as this thread could see them pass. */
  inStepMs: number;
  /** Milliseconds in the step since the last beat in which the worker can have computed. */
  silentMs: number;
  isStalled: boolean;
  isEnded: boolean;
}

/**
 * Ends workers that do not answer in time: if the meter of a guest fails, only this can end it. Time in which the watchdog
 * could not look, or in which other programs had the CPU, does not count against a worker.
 */
export class Watchdog {
  readonly #owner: WatchdogOwner;
  readonly #watched = new Map<ScriptWorker, Watched>();
  readonly #time: Pick<ComputingTime, "start" | "take">;
  #timer: NodeJS.Timeout | undefined;

  /** @param time Another one, for tests */
  constructor(owner: WatchdogOwner, time: Pick<ComputingTime, "start" | "take"> = new ComputingTime()) {
    this.#owner = owner;
    this.#time = time;
  }

  /** The worker has something to do. */
  watch(worker: ScriptWorker): void {
    if (!this.#watched.has(worker)) {
      this.#watched.set(worker, {
        ticket: 0,
        beats: 0,
        inStepMs: 0,
        silentMs: 0,
        isStalled: false,
        isEnded: false,
      });
    }
    this.#start();
  }

  /** The worker has ended a step. */
  onProgress(worker: ScriptWorker): void {
    const watched = this.#watched.get(worker);
    if (watched !== undefined) watched.isStalled = false;
  }

  isStalled(worker: ScriptWorker): boolean {
    return this.#watched.get(worker)?.isStalled ?? false;
  }

  /** @returns For how many milliseconds the worker was silent, if it was ended for that in its present step; else 0 */
  forget(worker: ScriptWorker): number {
    const watched = this.#watched.get(worker);
    this.#watched.delete(worker);
    // It may have come to the next step before its end, which is that of another run.
    return watched?.isEnded && watched.ticket === worker.board.current ? watched.silentMs : 0;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#watched.clear();
  }

  #start(): void {
    if (this.#timer !== undefined) return;
    this.#time.start();
    this.#timer = setInterval(() => this.#look(), TICK_MS);
    // What is waited for keeps the process alive, not the watching.
    this.#timer.unref();
  }

  #look(): void {
    const elapsed = this.#time.take(2 * TICK_MS);
    let isBusy = false;
    for (const [worker, watched] of this.#watched) {
      if (worker.load === 0) continue;
      isBusy = true;
      this.#lookAt(worker, watched, elapsed);
    }
    if (isBusy) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #lookAt(worker: ScriptWorker, watched: Watched, { passedMs, busyMs }: Elapsed): void {
    // It was told of already. What is known of its silence stays.
    if (watched.isEnded) return;
    const { current, beats } = worker.board;
    // Between steps nothing of a script is computed: it starts, or its messages are on their way.
    if (current !== watched.ticket || current === 0) {
      watched.ticket = current;
      watched.inStepMs = 0;
      watched.silentMs = 0;
    } else {
      watched.inStepMs += passedMs;
      watched.silentMs = beats === watched.beats ? watched.silentMs + busyMs : 0;
    }
    watched.beats = beats;
    if (watched.inStepMs >= STALL_MS && !watched.isStalled) {
      watched.isStalled = true;
      this.#owner.onStall(worker);
    }
    if (watched.silentMs > MOST_SILENT_MS) {
      watched.isEnded = true;
      this.#owner.onSilence(worker);
    }
  }
}
