/** Position of one who is inside. */
const INSIDE = -1;

/** Who wants to be let in. */
export interface QueuedRun {
  /** Its number in the queue while it waits, -1 when it is inside. For the queue's use alone. */
  position: number | undefined;
  enter(): void;
}

/** Lets so many in at a time; the others wait, first come, first served, and are not many either. */
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

  /** Calls `enter`, now or later. False if the queue is full. */
  join(who: QueuedRun): boolean {
    const isFull = this.#inside >= this.#mostInside;
    if (isFull && this.#waiting.size >= this.#mostWaiting) return false;
    who.position = this.#nextPosition++;
    this.#waiting.set(who.position, who);
    this.#letIn();
    return true;
  }

  /** `who` is done, or does not want to wait any longer. */
  leave(who: QueuedRun): void {
    const { position } = who;
    who.position = undefined;
    if (position === undefined) return;
    if (position !== INSIDE) this.#waiting.delete(position);
    else this.#inside--;
    this.#letIn();
  }

  /** A loop, for one who enters may leave at once. */
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
