import type { Clock } from "../../lifetime/clock.ts";
import { Deadline, type DeadlineOwner } from "../../lifetime/deadline.ts";

/** The time of one run. It can stand still. */
export class RunTime {
  readonly startedAt: number;
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #deadline: Deadline;
  /** Since when it stands still. */
  #stoppedAt: number | undefined;
  /** For how long it has stood still. */
  #stoppedMs = 0;

  constructor(limitMs: number, owner: DeadlineOwner, clock: Clock) {
    this.startedAt = clock.now();
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#deadline = new Deadline(limitMs, owner, clock);
  }

  /** Milliseconds that are left; negative if it is over. */
  get leftMs(): number {
    return this.startedAt + this.#limitMs + this.#stoppedMs - this.#clock.now();
  }

  set isStopped(isStopped: boolean) {
    if (isStopped === (this.#stoppedAt !== undefined)) return;
    if (this.#stoppedAt === undefined) {
      this.#stoppedAt = this.#clock.now();
      this.#deadline.pause();
    } else {
      this.#stoppedMs += this.#clock.now() - this.#stoppedAt;
      this.#stoppedAt = undefined;
      this.#deadline.resume();
    }
  }

  /** The run is over. */
  end(): void {
    this.#deadline.cancel();
  }
}
