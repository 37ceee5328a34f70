import type { RuleRequest } from "../../api/rules.ts";
import type { Clock, Timer } from "../../lifetime/clock.ts";

/** A function of the host that a rule names. */
export type HostFunction<T> = (request: RuleRequest, signal: AbortSignal) => T | PromiseLike<T>;

/** Why a function of the host gave no answer. */
export type NoAnswer = "failed" | "timed out" | "busy";

/** Thrown instead of what the function threw, which may contain a secret. */
export class Unanswered extends Error {
  readonly why: NoAnswer;

  constructor(why: NoAnswer) {
    super(`the function of the host ${why}`);
    this.why = why;
  }
}

/** How long a question waits, and how many may be open for one party. */
export interface QuestionLimits {
  readonly timeoutMs: number;
  readonly most: number;
  readonly clock: Clock;
}

/**
 * Asks a function of the host. It waits for a limited time, and for each party only so many questions are open at once:
 * what one of them leaves unanswered takes nothing from another.
 */
export class HostQuestion<T> {
  readonly #ask: HostFunction<T>;
  readonly #limits: QuestionLimits;
  /** By party, how many are open. */
  readonly #open = new Map<string, number>();

  constructor(ask: HostFunction<T>, limits: QuestionLimits) {
    this.#ask = ask;
    this.#limits = limits;
  }

  /**
   * A question is open until the function has answered or its time is over, even if nobody wants the answer any more.
   *
   * @param party For whom it is asked
   * @param over Aborts when nobody wants the answer any more. If it has aborted, the function is not called
   * @throws Unanswered, later
   */
  ask(request: RuleRequest, party: string, over: AbortSignal): Promise<T> {
    // A call may end while it waits for another answer.
    if (over.aborted) return Promise.reject(new Unanswered("failed"));
    const { timeoutMs, most, clock } = this.#limits;
    if ((this.#open.get(party) ?? 0) >= most) return Promise.reject(new Unanswered("busy"));
    this.#count(party, 1);
    const own = new AbortController();
    let timer: Timer | undefined;
    const stop = (): void => {
      // The timer only counts the question now, so the process need not wait for it.
      timer?.unref();
      own.abort();
    };
    over.addEventListener("abort", stop, { once: true });
    const answer = new Promise<T>((resolve, reject) => {
      timer = clock.setTimeout(() => reject(new Unanswered("timed out")), timeoutMs, undefined);
      this.#call(request, own.signal).then(resolve, () => reject(new Unanswered("failed")));
    });
    const close = (): void => {
      this.#count(party, -1);
      clock.clearTimeout(timer);
      over.removeEventListener("abort", stop);
      stop();
    };
    answer.then(close, close);
    return answer;
  }

  #count(party: string, change: 1 | -1): void {
    const open = (this.#open.get(party) ?? 0) + change;
    if (open === 0) this.#open.delete(party);
    else this.#open.set(party, open);
  }

  /** It is asynchronous, so that a function that throws at once is like one that rejects. */
  async #call(request: RuleRequest, signal: AbortSignal): Promise<T> {
    return this.#ask(request, signal);
  }
}
