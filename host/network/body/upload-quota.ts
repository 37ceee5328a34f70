/** Maximum number of bytes that all uploads together produce in one turn of the event loop. */
const MOST_BYTES = 512 * 1024;
/** A smaller or empty chunk counts as this many bytes. */
const LEAST_BYTES = 512;

let produced = 0;
let next: Promise<void> | null = null;

/**
 * Uploads wait for this before they produce more. If a peer takes bytes as fast as they come, a write never has to
 * wait. Then uploads would run on in microtasks, and the event loop could do nothing else.
 *
 * @returns null if the upload need not wait
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

/** Counts a chunk that was produced. */
export function countProduced(bytes: number): void {
  produced += Math.max(bytes, LEAST_BYTES);
}
