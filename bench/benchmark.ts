/** One measured thing. */
export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The target: the value should be at least, or at most, this. */
  readonly target?: { readonly least: number } | { readonly most: number };
}

/** A file of this folder; `main.ts` lists them. */
export interface Benchmark {
  readonly name: string;
  /** One line: what is compared with what. */
  readonly about: string;
  run(): Promise<Row[]>;
}

/** Whether a row meets its target; undefined if it has none. */
export function meetsTarget({ value, target }: Row): boolean | undefined {
  if (target === undefined) return undefined;
  return "least" in target ? value >= target.least : value <= target.most;
}

/** The median. The mean would depend on a few slow rounds of a busy machine. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
