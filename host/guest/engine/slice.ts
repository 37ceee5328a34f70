/**
 * Most units of fuel between two looks at the clock. The worst code takes some 20 ns for each, so that it has 10 ms; common code
 * has less than a tenth of one. Where the memory is larger than caches are, waiting for it takes far longer.
 */
const MOST_UNITS = 2 ** 19;
const MOST_UNITS_OF_LARGE = 2 ** 17;
/** Bytes of memory. */
const LARGE = 2 ** 26;
/** How slow the code is, nobody knows yet. */
export const FIRST_SLICE = MOST_UNITS / 8;
/** Milliseconds that a slice should take, as far as it may be so large. */
const SLICE_MS = 1;
const FEWEST_UNITS = 2 ** 13;

/** How many units a guest has until the next look, if it took `ms` for `units`. */
export function nextSlice(units: number, ms: number, memoryBytes: number): number {
  const most = memoryBytes > LARGE ? MOST_UNITS_OF_LARGE : MOST_UNITS;
  return Math.max(FEWEST_UNITS, Math.min(most, Math.floor((units * SLICE_MS) / ms)));
}
