/** How bytes stand in a batch. */
export const ABSENT = 0;
export const INLINE = 1;
export const PAGED = 2;
export const MOVED = 3;
export const REPEATED = 4;

/** What an argument is. */
export const BYTES = 0;
export const TEXT = 1;
export const LONG_TEXT = 2;

/** Kinds of numbers, by their place. After the last one comes the code of bytes. */
export const NUMBERS: readonly string[] = ["undefined", "number", "bigint"];

export const OUTCOMES = ["waits", "returned", "failed"] as const;
export const CALLS = ["asked", "refused", "sleep"] as const;

/** The numbers of an allowance, in their order. */
export const ALLOWANCES = [
  "computeMs",
  "cpuMs",
  "timeMs",
  "outputBytes",
  "keptBytes",
  "requests",
  "made",
  "date",
  "seed",
] as const;

/** What one thread posts to another. */
export interface Batch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Memory of long values that the other thread has from then on. */
  readonly moved: readonly ArrayBuffer[];
}

/** What a batch takes along when it is posted. */
export function transferables({ bytes, moved }: Batch): ArrayBuffer[] {
  return [bytes.buffer, ...moved];
}
