import { Fifo, Link } from "../../collections/fifo.ts";
import { type Ranked, Ranking } from "../../collections/ranking.ts";

/** A run that wants to enter. */
export interface QueuedRun {
  /** The number of its script. */
  readonly script: number;
  /** Whether there is memory for it. */
  readonly hasRoom: boolean;
  /** Where it waits; in no list if it has entered. Only the queue uses it. */
  place: Place | undefined;
  enter(): void;
}

/** Where a run waits. */
export class Place extends Link<QueuedRun> {
  readonly line: Line;
  readonly arrival: number;

  constructor(who: QueuedRun, line: Line, arrival: number) {
    super(who);
    this.line = line;
    this.arrival = arrival;
  }
}

/** The runs of one script that wait. */
class Line extends Fifo<QueuedRun> implements Ranked {
  /** The arrival of the first one. */
  rank = Number.POSITIVE_INFINITY;
  heldRank = Number.POSITIVE_INFINITY;

  updateRank(): void {
    this.rank = (this.first as Place | null)?.arrival ?? Number.POSITIVE_INFINITY;
  }
}

/**
 * Limits how many runs go on at the same time. Others wait, in order of arrival; their number has a limit too. A script
 * for whose runs there is no memory does not hold up others.
 */
export class RunQueue {
  readonly #mostInside: number;
  readonly #mostWaiting: number;
  readonly #whenRoom: (onRoom: () => void) => void;
  /** By script. */
  readonly #lines = new Map<number, Line>();
  readonly #order = new Ranking<Line>();
  #inside = 0;
  #waiting = 0;
  #arrivals = 0;
  #isOpening = false;
  #isListening = false;

  /** @param whenRoom Calls a function once, when there may be more memory than now */
  constructor(mostInside: number, mostWaiting: number, whenRoom: (onRoom: () => void) => void) {
    this.#mostInside = mostInside;
    this.#mostWaiting = mostWaiting;
    this.#whenRoom = whenRoom;
  }

  /** How many have entered, and have not left. */
  get inside(): number {
    return this.#inside;
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting;
  }

  /** Calls `enter`, now or later. False if too many wait. */
  join(who: QueuedRun): boolean {
    const line = this.#lineOf(who.script);
    const place = new Place(who, line, ++this.#arrivals);
    who.place = place;
    line.push(place);
    this.#waiting++;
    this.#rank(line);
    this.#letIn();
    const mayEnterSoon = this.#isOpening && this.#inside < this.#mostInside;
    if (place.list === null || this.#waiting <= this.#mostWaiting || mayEnterSoon) return true;
    who.place = undefined;
    this.#takeOut(place);
    return false;
  }

  /** `who` has ended, or does not wait any more. */
  leave(who: QueuedRun): void {
    const { place } = who;
    who.place = undefined;
    if (place === undefined) return;
    if (place.list === null) this.#inside--;
    else this.#takeOut(place);
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
    while (this.#inside < this.#mostInside && this.#waiting > 0) {
      const place = this.#next();
      if (place === undefined) return;
      this.#takeOut(place);
      this.#inside++;
      place.value.enter();
    }
  }

  /** Of those for whom there is memory, the one who has waited longest. If no run is inside, there is for any. */
  #next(): Place | undefined {
    const refused: Line[] = [];
    let line = this.#order.first();
    while (line !== null && this.#inside > 0 && !line.first?.value.hasRoom) {
      refused.push(line);
      line.rank = Number.POSITIVE_INFINITY;
      line = this.#order.first();
    }
    for (const other of refused) this.#rank(other);
    if (line === null) this.#listen();
    return (line?.first ?? undefined) as Place | undefined;
  }

  #takeOut(place: Place): void {
    const { line } = place;
    line.remove(place);
    this.#waiting--;
    this.#rank(line);
    if (line.length === 0) this.#lines.delete(place.value.script);
  }

  #rank(line: Line): void {
    line.updateRank();
    this.#order.update(line);
  }

  /** In a later turn of the event loop, because memory comes and goes with every step of every run. */
  #listen(): void {
    if (this.#isListening) return;
    this.#isListening = true;
    this.#whenRoom(() =>
      setImmediate(() => {
        this.#isListening = false;
        this.#letIn();
      }),
    );
  }

  #lineOf(script: number): Line {
    const line = this.#lines.get(script) ?? new Line();
    this.#lines.set(script, line);
    return line;
  }
}
