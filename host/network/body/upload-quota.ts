/** Bytes of bodies that are produced in one turn of the event loop, all uploads together. */
const MOST_BYTES = 512 * 1024;
/** A chunk that is smaller, or empty, counts as so many. */
const LEAST_BYTES = 512;

let produced = 0;
let next: Promise<void> | null = null;

/**
 * What uploads wait for before they produce more. A peer that takes bytes as fast as they come never makes a write wait:
 * without this, uploads would go on in microtasks and nothing else would have its turn.
 *
 * @returns null while there is time
 */
export function turnToProduce(): Promise<void> | null {
  if (produced < MOST_BYTES) return null;
  next ??= new Promise((resolve) => {
    setImmediate(() => {
      produced = 0;
      next = null;
      resolve();
    });
  });
  return next;
}

/** A chunk of so many bytes was produced. */
export function countProduced(bytes: number): void {
  produced += Math.max(bytes, LEAST_BYTES);
}
