/** Ticket of one who is inside. */
const INSIDE = -1;

/** Who wants to be let in. */
export interface Waiting {
  /** Its number in the line while it waits, -1 when it is inside. For the line's use alone. */
  ticket: number | undefined;
  enter(): void;
}

/** Lets so many in at a time; the others wait, first come, first served, and are not many either. */
export class Line {
  private readonly mostInside: number;
  private readonly mostWaiting: number;
  private readonly waiting = new Map<number, Waiting>();
  private inside = 0;
  private nextTicket = 0;
  private firstTicket = 0;
  private isOpening = false;

  constructor(mostInside: number, mostWaiting: number) {
    this.mostInside = mostInside;
    this.mostWaiting = mostWaiting;
  }

  /** Calls `enter`, now or later. False if the line is too long. */
  join(who: Waiting): boolean {
    const isFull = this.inside >= this.mostInside;
    if (isFull && this.waiting.size >= this.mostWaiting) return false;
    who.ticket = this.nextTicket++;
    this.waiting.set(who.ticket, who);
    this.letIn();
    return true;
  }

  /** `who` is done, or does not want to wait any longer. */
  leave(who: Waiting): void {
    const { ticket } = who;
    who.ticket = undefined;
    if (ticket === undefined) return;
    if (ticket !== INSIDE) this.waiting.delete(ticket);
    else this.inside--;
    this.letIn();
  }

  /** A loop, for one who enters may leave at once. */
  private letIn(): void {
    if (this.isOpening) return;
    this.isOpening = true;
    try {
      this.letAllIn();
    } finally {
      this.isOpening = false;
    }
  }

  private letAllIn(): void {
    while (this.inside < this.mostInside && this.waiting.size > 0) {
      const who = this.takeFirst();
      if (who === undefined) continue;
      this.inside++;
      who.ticket = INSIDE;
      who.enter();
    }
  }

  private takeFirst(): Waiting | undefined {
    const who = this.waiting.get(this.firstTicket);
    this.waiting.delete(this.firstTicket++);
    return who;
  }
}
