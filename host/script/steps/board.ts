/** Steps that a worker may have been sent and not ended. */
export const WINDOW = 64;

const CURRENT = 0;
const BEATS = 1;
const CANCELLED = 2;
const CLAIMS = 3;
/** Tickets are written as 30 bits: of those in a window, no two are equal. */
const MASK = 0x3fff_ffff;

/**
 * What a worker and its owner both see at any time, even while the worker is inside of a guest:
 *
 *     ├ i32 current ticket ┼ i32 beats ┼ i32 cancelled ticket ┼ i32 × WINDOW: sent tickets ┤
 *
 * A sent ticket is 0 once it was claimed by the worker, or taken back by the owner: whoever comes first.
 */
export class Board {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;

  constructor(buffer = new SharedArrayBuffer((CLAIMS + WINDOW) * Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer);
  }

  /** The ticket of the step that is computed, as `cellOf` has it; 0 if there is none. */
  get current(): number {
    return Atomics.load(this.#cells, CURRENT);
  }

  /** Rises while a guest is metered. */
  get beats(): number {
    return Atomics.load(this.#cells, BEATS);
  }

  /** The owner: a step is sent. Not more than WINDOW are, and their tickets follow each other. */
  send(ticket: number): void {
    Atomics.store(this.#cells, placeOf(ticket), cellOf(ticket));
  }

  /** The owner takes a step back. False if the worker has begun it. */
  takeBack(ticket: number): boolean {
    return this.#take(ticket);
  }

  /** The owner: the guest of this step is to be ended. Nothing happens if it is not computed now. */
  cancel(ticket: number): void {
    const cell = cellOf(ticket);
    // There is one place, and a step that is over must not take it from the one that is computed.
    if (this.current === cell) Atomics.store(this.#cells, CANCELLED, cell);
  }

  /** The worker begins a step. False if it was taken back. */
  claim(ticket: number): boolean {
    // First, so that the owner always knows who was inside.
    Atomics.store(this.#cells, CURRENT, cellOf(ticket));
    if (this.#take(ticket)) return true;
    this.rest();
    return false;
  }

  /** The worker: the step is over. */
  rest(): void {
    Atomics.store(this.#cells, CURRENT, 0);
  }

  /** The worker: its guest is metered. @returns Whether it may go on */
  beat(): boolean {
    Atomics.add(this.#cells, BEATS, 1);
    const current = Atomics.load(this.#cells, CURRENT);
    return current === 0 || current !== Atomics.load(this.#cells, CANCELLED);
  }

  #take(ticket: number): boolean {
    const cell = cellOf(ticket);
    return Atomics.compareExchange(this.#cells, placeOf(ticket), cell, 0) === cell;
  }
}

/** What stands on the board for a ticket; never 0. */
export function cellOf(ticket: number): number {
  return (ticket & MASK) + 1;
}

function placeOf(ticket: number): number {
  return CLAIMS + (ticket % WINDOW);
}
