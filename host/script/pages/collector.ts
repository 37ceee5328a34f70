/** So much makes V8 collect young garbage at once. The system gives pages only for what is written to, which is nothing. */
const REMINDER_SIZE = 80 << 20;

/** Bytes of garbage after which V8 is reminded. */
const MOST_GARBAGE = 8 << 20;

let garbage = 0;
let isReminding = false;

/**
 * Called when nobody needs so many bytes any more. V8 counts memory that came from another thread too late, and waits for
 * more garbage than the runs of a small budget may hold.
 */
export function countGarbage(bytes: number): void {
  garbage += bytes;
  if (garbage < MOST_GARBAGE || isReminding) return;
  isReminding = true;
  // By then, whoever got an output may have dropped it. What V8 finds in use now it does not look at again for long.
  setImmediate(remindOnce);
}

function remindOnce(): void {
  isReminding = false;
  remindCollector();
}

/** Makes V8 collect garbage, by memory that it counts. */
export function remindCollector(): void {
  garbage = 0;
  try {
    new ArrayBuffer(REMINDER_SIZE);
  } catch {
    // There are no addresses left for it. Then V8 has collected garbage before it said so.
  }
}
