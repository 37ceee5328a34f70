/** How many milliseconds of a turn of the event loop are used. */
const MOST_MS = 10;

/** Texts of more characters are worked on in pieces of so many. */
export const LONG = 2 ** 20;

/** Work that is spread over turns of the event loop, so that others have their turn. */
export class Pace {
  #began = performance.now();

  /** Ends the turn if it has taken long enough. */
  async rest(): Promise<void> {
    if (performance.now() - this.#began < MOST_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#began = performance.now();
  }
}
