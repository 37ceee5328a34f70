/** From places in a module that was rewritten to places in the one that it was made of. */
export class OffsetMap {
  readonly #rewritten: number[] = [];
  readonly #original: number[] = [];
  readonly #functions: number[] = [];
  /** Added to every rewritten place: what stands before the part that was mapped. */
  base = 0;

  /** From `rewritten` on, bytes are those from `original` on. Called in ascending order. */
  add(rewritten: number, original: number): void {
    this.#rewritten.push(rewritten);
    this.#original.push(original);
  }

  /** A function begins at this place of the original. Called in ascending order. */
  addFunction(original: number): void {
    this.#functions.push(original);
  }

  /** Where the function begins that has this place of the original. */
  functionAt(original: number): number {
    return this.#functions[lastNotAbove(this.#functions, original)] ?? 0;
  }

  /** The place in the original; undefined before the first one that is known. */
  toOriginal(place: number): number | undefined {
    const wanted = place - this.base;
    const index = lastNotAbove(this.#rewritten, wanted);
    if (index < 0) return undefined;
    return (this.#original[index] as number) + wanted - (this.#rewritten[index] as number);
  }
}

/** Index of the last of ascending numbers that is not above `wanted`; -1 if all are. */
function lastNotAbove(numbers: readonly number[], wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
