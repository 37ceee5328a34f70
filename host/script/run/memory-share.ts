/** What a run is guessed to hold if no run of its script has been seen to wait. Bytes. */
const FIRST_GUESS = 1 << 18;
/** A script that holds less now than before is believed this slowly: a share of the difference. */
const BELIEF = 1 / 8;

/** The memory of which scripts have shares. */
export interface SharedBudget {
  /** Whether one more run of this script should begin. */
  mayEnter(share: MemoryShare): boolean;
  /** `bytes` more are held; fewer if negative. */
  change(share: MemoryShare, bytes: number): void;
  /** `bytes` more are expected; fewer if negative. */
  expect(share: MemoryShare, bytes: number): void;
}

/** What the runs of one script hold of a budget. */
export class MemoryShare {
  readonly budget: SharedBudget;
  readonly accounts = new Set<MemoryAccount>();
  /** Bytes. Only the budget writes this, and `expected`. */
  bytes = 0;
  /** Bytes that its runs are expected to hold which have begun, and were not seen to wait. */
  expected = 0;
  /** Bytes that its next run is expected to hold. */
  guess = FIRST_GUESS;

  constructor(budget: SharedBudget) {
    this.budget = budget;
  }

  get isEmpty(): boolean {
    return this.bytes === 0 && this.expected === 0;
  }

  /** A run was seen to hold so much. */
  learn(bytes: number): void {
    this.guess = bytes > this.guess ? bytes : this.guess + (bytes - this.guess) * BELIEF;
  }
}

/** The run that has an account. */
export interface AccountHolder {
  /** There is not enough memory for all, and this run is to end. It closes the account. @param most Bytes that all may hold */
  onLoss(account: MemoryAccount, most: number): void;
}

/** What one run holds of a budget. */
export class MemoryAccount {
  bytes = 0;
  readonly #share: MemoryShare;
  readonly #holder: AccountHolder;
  #expected = 0;
  #isClosed = false;

  constructor(share: MemoryShare, holder: AccountHolder) {
    this.#share = share;
    this.#holder = holder;
  }

  /** The run begins. */
  open(): void {
    this.#share.accounts.add(this);
  }

  /** Until the run is seen to wait, it is expected to hold what runs of its script hold. */
  expect(): void {
    this.#expect(this.#share.guess);
  }

  /** Holds more, or less if negative. After its end, nothing counts. */
  change(bytes: number): void {
    if (bytes === 0 || this.#isClosed) return;
    this.bytes += bytes;
    this.#share.budget.change(this.#share, bytes);
  }

  /** The run waits, and holds what it holds. */
  settle(): void {
    this.#share.learn(this.bytes);
    this.#expect(0);
  }

  lose(most: number): void {
    this.#holder.onLoss(this, most);
    // It must not be chosen again, whatever was done.
    this.close();
  }

  close(): void {
    if (this.#expected > 0) this.settle();
    this.#share.accounts.delete(this);
    this.change(-this.bytes);
    this.#isClosed = true;
  }

  #expect(bytes: number): void {
    const more = bytes - this.#expected;
    this.#expected = bytes;
    if (more !== 0) this.#share.budget.expect(this.#share, more);
  }
}
