/** Why a job has no result: it took too long, its thread had not enough memory for it, or its thread has ended otherwise. */
export type JobTrouble = "slow" | "memory" | "died";

/** The error of a job that has no result. */
export class JobFailure extends Error {
  readonly trouble: JobTrouble;

  constructor(trouble: JobTrouble, message: string) {
    super(message);
    this.trouble = trouble;
  }
}

/** What a thread is asked to do, and who waits for it. */
export class Job<J, R> {
  readonly given: J;
  /** Jobs with a lower number are before it. */
  turn = 0;
  /** Milliseconds that it may compute while others wait. */
  patienceMs: number;
  /** Whether it was ended once, because others waited. */
  isRetried = false;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;

  constructor(given: J, patienceMs: number, resolve: (result: R) => void, reject: (error: unknown) => void) {
    this.given = given;
    this.patienceMs = patienceMs;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** It begins again later, and then may take longer. */
  postpone(): void {
    this.isRetried = true;
    this.patienceMs *= 2;
  }
}
