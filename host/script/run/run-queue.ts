/** The position of a run that has entered. */
const INSIDE = -1;

/** A run that wants to enter. */
export interface QueuedRun {
  /** Its number in the queue while it waits; -1 when it has entered. Only the queue uses it. */
  position: number | undefined;
  enter(): void;
}

/** Limits how many runs go on at the same time. Others wait, in order of arrival. Their number has a limit too. */
export class RunQueue {
  readonly #mostInside: number;
  readonly #mostWaiting: number;
  readonly #waiting = new Map<number, QueuedRun>();
  #inside = 0;
  #nextPosition = 0;
  #firstPosition = 0;
  #isOpening = false;

  constructor(mostInside: number, mostWaiting: number) {
    this.#mostInside = mostInside;
    this.#mostWaiting = mostWaiting;
  }

  /** How many have entered, and have not left. */
  get inside(): number {
    return this.#inside;
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting.size;
  }

  /** Calls `enter`, now or later. False if the queue is full. */
  join(who: QueuedRun): boolean {
    const isFull = this.#inside >= this.#mostInside;
    if (isFull && this.#waiting.size >= this.#mostWaiting) return false;
    who.position = this.#nextPosition++;
    this.#waiting.set(who.position, who);
    this.#letIn();
    return true;
  }

  /** `who` has ended, or does not wait any more. */
  leave(who: QueuedRun): void {
    const { position } = who;
    who.position = undefined;
    if (position === undefined) return;
    if (position !== INSIDE) this.#waiting.delete(position);
    else this.#inside--;
    this.#letIn();
  }

  /** Lets runs enter. It is a loop, because a run that enters may leave at once. */
  #letIn(): void {
    if (this.#isOpening) return;
    this.#isOpening = true;
    try {
      this.#letAllIn();
    } finally {
      this.#isOpening = false;
    }
  }

  #letAllIn(): void {
    while (this.#inside < this.#mostInside && this.#waiting.size > 0) {
      const who = this.#takeFirst();
      if (who === undefined) continue;
      this.#inside++;
      who.position = INSIDE;
      who.enter();
    }
  }

  #takeFirst(): QueuedRun | undefined {
    const who = this.#waiting.get(this.#firstPosition);
    this.#waiting.delete(this.#firstPosition++);
    return who;
  }
}
