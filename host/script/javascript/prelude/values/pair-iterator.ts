/** The methods of a live list of pairs, which is read anew at each step. */
export class PairIterator<T> implements IterableIterator<T> {
  readonly #pairs: () => readonly (readonly [string, unknown])[];
  readonly #pick: (pair: readonly [string, unknown]) => T;
  #next = 0;

  constructor(
    pairs: () => readonly (readonly [string, unknown])[],
    pick: (pair: readonly [string, unknown]) => T,
  ) {
    this.#pairs = pairs;
    this.#pick = pick;
  }

  next(): IteratorResult<T, undefined> {
    const pair = this.#pairs()[this.#next];
    if (pair === undefined) return { value: undefined, done: true };
    this.#next++;
    return { value: this.#pick(pair), done: false };
  }

  [Symbol.iterator](): this {
    return this;
  }
}

const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
Object.setPrototypeOf(PairIterator.prototype, iterators);
Object.defineProperty(PairIterator.prototype, "next", { enumerable: true });
