import { cpuTime } from "../../guest/engine/cpu-time.ts";

/** For a step of less than this many milliseconds, the CPU time is not read. All of the time counts. */
const SHORT_MS = 1;

/** Measures the CPU time of steps, one after the other, on one thread. */
export class StepClock {
  #startedAt = 0;
  /** The CPU time when it was read last. */
  #readAt = cpuTime();
  /** Milliseconds of the short steps since then. */
  #shortMs = 0;

  start(): void {
    this.#startedAt = performance.now();
  }

  /** Milliseconds of CPU time since `start`. Time in which other threads had the CPU does not count. */
  stop(): number {
    const elapsed = performance.now() - this.#startedAt;
    if (elapsed < SHORT_MS) {
      this.#shortMs += elapsed;
      return elapsed;
    }
    const now = cpuTime();
    const computed = now - this.#readAt - this.#shortMs;
    this.#readAt = now;
    this.#shortMs = 0;
    return Math.min(elapsed, Math.max(0, computed));
  }
}
