/** Which positions of a rewritten module are which of the original module, as memory that can go to another thread. */
export interface OffsetTable {
  /** Positions in the rewritten module, from `base` on, ascending. */
  readonly rewritten: Uint32Array<ArrayBuffer>;
  /** The positions in the original module that belong to them. */
  readonly original: Uint32Array<ArrayBuffer>;
  /** Where functions begin in the original module, ascending. */
  readonly functions: Uint32Array<ArrayBuffer>;
  /** The start of the mapped part in the rewritten module. */
  readonly base: number;
}

/** Makes the table while a module is rewritten. */
export class OffsetRecorder {
  readonly #rewritten: number[] = [];
  readonly #original: number[] = [];
  readonly #functions: number[] = [];

  /** The bytes from `rewritten` on are the bytes from `original` on. Called in ascending order. */
  add(rewritten: number, original: number): void {
    this.#rewritten.push(rewritten);
    this.#original.push(original);
  }

  /** A function begins at this position of the original. Called in ascending order. */
  addFunction(original: number): void {
    this.#functions.push(original);
  }

  finish(base: number): OffsetTable {
    return {
      rewritten: new Uint32Array(this.#rewritten),
      original: new Uint32Array(this.#original),
      functions: new Uint32Array(this.#functions),
      base,
    };
  }
}

/** Converts positions in a rewritten module to positions in the original module. */
export class OffsetMap {
  readonly #table: OffsetTable;

  constructor(table: OffsetTable) {
    this.#table = table;
  }

  /** The start of the function that contains this position of the original. */
  functionAt(original: number): number {
    const { functions } = this.#table;
    return functions[lastNotAbove(functions, original)] ?? 0;
  }

  /** The position in the original; undefined before the first known position. */
  toOriginal(place: number): number | undefined {
    const { rewritten, original, base } = this.#table;
    const wanted = place - base;
    const index = lastNotAbove(rewritten, wanted);
    if (index < 0) return undefined;
    return (original[index] as number) + wanted - (rewritten[index] as number);
  }
}

/** Index of the last of ascending numbers that is not above `wanted`; -1 if all are above it. */
function lastNotAbove(numbers: Uint32Array, wanted: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] as number) <= wanted) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
