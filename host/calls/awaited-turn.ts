import type { CallSettings } from "../api/calls.ts";
import type { ErrorCode } from "../api/errors.ts";
import { ABORTS, type Abortable, isAborted } from "../lifetime/abort-watch.ts";
import type { Clock } from "../lifetime/clock.ts";
import { Deadline, type DeadlineOwner } from "../lifetime/deadline.ts";

/** The turn of a call that has not begun. The signal of the call and its `timeoutMs` hold already. */
export class AwaitedTurn implements Abortable, DeadlineOwner {
  readonly #signal: CallSettings["signal"];
  readonly #clock: Clock;
  readonly #since: number;
  readonly #onOver: (code: ErrorCode) => void;
  readonly #deadline: Deadline | null;
  #isOver = false;

  /** @param onOver called at most once, with the code of the call's result, if the call ends before its turn */
  constructor(settings: CallSettings, clock: Clock, onOver: (code: ErrorCode) => void) {
    const { signal, timeoutMs = 0 } = settings;
    this.#signal = signal;
    this.#clock = clock;
    this.#since = clock.now();
    this.#onOver = onOver;
    this.#deadline = timeoutMs > 0 ? new Deadline(timeoutMs, this, clock) : null;
    if (signal === undefined) return;
    if (isAborted(signal)) queueMicrotask(() => this.onAbort());
    else ABORTS.add(signal, this);
  }

  /** The turn has come. @returns how long the call has waited, in milliseconds */
  end(): number {
    this.#isOver = true;
    this.#deadline?.cancel();
    if (this.#signal !== undefined) ABORTS.forget(this.#signal, this);
    return this.#clock.now() - this.#since;
  }

  onAbort(): void {
    this.#over("ABORTED_BY_CALLBACK");
  }

  onDeadline(): void {
    this.#over("OPERATION_TIMEDOUT");
  }

  #over(code: ErrorCode): void {
    if (this.#isOver) return;
    this.end();
    this.#onOver(code);
  }
}
