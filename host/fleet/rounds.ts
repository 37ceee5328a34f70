import type { LeaseClock, LeaseTimer } from "../api/fleet.ts";
import { REAL_CLOCK } from "../lifetime/clock.ts";

/** If this process has stood still, the answer may be there already. Then it is read before this time is over. */
const READ_MS = 50;

/** A part of a pause. Processes that began at the same time should not stay in step. */
export const MOST_JITTER = 0.25;

/** How many times as long a question is waited for, after each that never had an answer. */
const MORE_PATIENCE = 2;
const MOST_PATIENCE_MS = 600_000;

/** How long to wait for an answer. */
export interface Patience {
  /** Then the server counts as lost. */
  readonly timeoutMs: number;
  /** Then there will be none, and the next question is asked. Some clients forget a command when they reconnect. */
  readonly forgottenMs: number;
}

/** Whoever asks the server. */
export interface Asker {
  /** Asks once. If `isLate` says so when the answer is there, it must not be used. */
  ask(isLate: () => boolean): Promise<void>;
  /** Whether there is something to ask at once. */
  readonly hasMore: boolean;
  /** Milliseconds until the next round. */
  readonly pauseMs: number;
  /** A round begins: whatever should be asked in each of them is to be asked now. */
  onRound(): void;
  /** There was no answer in time, or an error. */
  onLost(error: unknown): void;
  /** Whether calls wait for an answer, so that the process must not end. */
  readonly isAwaited: boolean;
}

/**
 * When the server is asked: one question at a time, now if something is needed, and else in rounds. If an answer does
 * not come in time, nobody waits for it; but there is no other question before it has come or failed, or is so late that
 * it will not come.
 */
export class Rounds {
  readonly #asker: Asker;
  readonly #timeoutMs: number;
  readonly #forgottenMs: number;
  #clock: LeaseClock;
  #timer: LeaseTimer | undefined;
  #onTime: () => void = () => {};
  #dueAt = 0;
  /** Whether the process waits for the timer. */
  #isHolding = false;
  #isScheduled = false;
  /** The question that has no answer yet; null if there is none. */
  #asking: Promise<void> | null = null;
  #forgottenAt = 0;
  /** Questions that never had an answer, since there was one. */
  #forgotten = 0;
  #isClosed = false;

  constructor(asker: Asker, { timeoutMs, forgottenMs }: Patience, clock: LeaseClock) {
    this.#asker = asker;
    this.#timeoutMs = timeoutMs;
    this.#forgottenMs = forgottenMs;
    this.#clock = clock;
  }

  /** Asks after this turn, or after the question that is open. What else happens until then is part of it. */
  soon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      if (this.#asking === null && !this.#isClosed) this.#ask();
    });
  }

  /** Calls wait for an answer. */
  keepAlive(): void {
    if (this.#timer === undefined || this.#isHolding) return;
    this.#start(Math.max(0, this.#dueAt - this.#clock.now()), this.#onTime);
  }

  /**
   * Asks no more. Waits for the answer to the question that is open, and then for the last one, but never longer than
   * for an answer.
   */
  async close(askLast: () => Promise<void>): Promise<void> {
    this.#isClosed = true;
    this.#stop();
    // Whoever closes waits, and does not move the clock.
    if (!this.#clock.isRunning) this.#clock = REAL_CLOCK;
    if (this.#asking !== null) await this.#wait(this.#asking);
    if (this.#asking === null) await this.#wait(askLast());
    this.#stop();
  }

  #wait(work: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      this.#start(this.#timeoutMs, resolve);
      work.then(resolve, resolve);
    });
  }

  #ask(): void {
    let isLate = false;
    const giveUp = () => {
      isLate = true;
      this.#lose(new Error(`no answer within ${Math.round(this.#timeoutMs)} ms`));
    };
    this.#start(this.#timeoutMs, () => this.#start(READ_MS, giveUp));
    const patience = Math.min(this.#forgottenMs * MORE_PATIENCE ** this.#forgotten, MOST_PATIENCE_MS);
    this.#forgottenAt = this.#clock.now() + patience;
    const asking = this.#asker
      .ask(() => isLate)
      .then(
        () => {
          if (this.#asking === asking) this.#end(isLate || this.#asker.hasMore);
        },
        (error: unknown) => {
          if (this.#asking !== asking) return;
          this.#end(false);
          this.#lose(error);
        },
      );
    this.#asking = asking;
  }

  #end(hasMore: boolean): void {
    this.#asking = null;
    this.#forgotten = 0;
    if (this.#isClosed) return;
    if (hasMore) this.#ask();
    else this.#pause();
  }

  #lose(error: unknown): void {
    if (this.#isClosed) return;
    this.#asker.onLost(error);
    this.#pause();
  }

  #pause(): void {
    const jitter = 1 + MOST_JITTER * (2 * Math.random() - 1);
    this.#start(this.#asker.pauseMs * jitter, () => {
      this.#asker.onRound();
      if (this.#asking !== null && this.#clock.now() < this.#forgottenAt) {
        this.#pause();
        return;
      }
      if (this.#asking !== null) this.#forgotten++;
      this.#ask();
    });
  }

  #start(ms: number, onTime: () => void): void {
    this.#stop();
    this.#onTime = onTime;
    this.#dueAt = this.#clock.now() + ms;
    this.#isHolding = this.#asker.isAwaited || this.#isClosed;
    this.#timer = this.#clock.setTimeout(onTime, ms, undefined);
    if (!this.#isHolding) this.#timer.unref();
  }

  #stop(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
