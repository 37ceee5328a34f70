/** Converts positions in a rewritten module to positions in the original module. */
export class OffsetMap {
  readonly #rewritten: number[] = [];
  readonly #original: number[] = [];
  readonly #functions: number[] = [];
  /** The start of the mapped part in the rewritten module. It is added to all positions there. */
  base = 0;

  /** The bytes from `rewritten` on are the bytes from `original` on. Called in ascending order. */
  add(rewritten: number, original: number): void {
    this.#rewritten.push(rewritten);
    this.#original.push(original);
  }

  /** A function begins at this position of the original. Called in ascending order. */
  addFunction(original: number): void {
    this.#functions.push(original);
  }

  /** The start of the function that contains this position of the original. */
  functionAt(original: number): number {
    return this.#functions[lastNotAbove(this.#functions, original)] ?? 0;
  }

  /** The position in the original; undefined before the first known position. */
  toOriginal(place: number): number | undefined {
    const wanted = place - this.base;
    const index = lastNotAbove(this.#rewritten, wanted);
    if (index < 0) return undefined;
    return (this.#original[index] as number) + wanted - (this.#rewritten[index] as number);
  }
}

/** Index of the last of ascending numbers that is not above `wanted`; -1 if all are above it. */
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
