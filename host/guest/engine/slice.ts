/**
 * Maximum number of units of fuel between two checks of the clock. The slowest code needs about 20 ns for a unit, so it
 * has 10 ms. Usual code has less than 1 ms. If the memory is larger than the caches, waiting for memory takes far
 * longer.
 */
const MOST_UNITS = 2 ** 19;
const MOST_UNITS_OF_LARGE = 2 ** 17;
/** Memory with more bytes than this counts as larger than the caches. */
const LARGE = 2 ** 26;
/** The first slice is small, because it is not known yet how slow the code is. */
export const FIRST_SLICE = MOST_UNITS / 8;
/** How many milliseconds a slice should take. */
const SLICE_MS = 1;
const FEWEST_UNITS = 2 ** 13;

/** The number of units until the next check, if the guest needed `ms` for `units`. */
export function nextSlice(units: number, ms: number, memoryBytes: number): number {
  const most = memoryBytes > LARGE ? MOST_UNITS_OF_LARGE : MOST_UNITS;
  return Math.max(FEWEST_UNITS, Math.min(most, Math.floor((units * SLICE_MS) / ms)));
}
