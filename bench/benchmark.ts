/** One measured thing. */
export interface Row {
  readonly what: string;
  readonly value: number;
  /** If `value` is the median of several rounds: the range of the middle half of them. */
  readonly spread?: readonly [low: number, high: number];
  readonly unit: string;
  /** How a plot shows it; not at all if undefined. */
  readonly bar?: Bar;
  /** The target: the value should be at least, or at most, this. */
  readonly target?: { readonly least: number } | { readonly most: number };
}

/** A bar of a plot. Bars of one group stand together. */
export interface Bar {
  readonly group?: string;
  readonly name: string;
  readonly isOwn: boolean;
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
  return quantile(values, 0.5);
}

/** The quartiles: half of the values are between them. */
export function spreadOf(values: readonly number[]): [low: number, high: number] {
  return [quantile(values, 0.25), quantile(values, 0.75)];
}

/** The value below which this share of the values is. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [lower, upper] = [sorted[Math.floor(place)] ?? Number.NaN, sorted[Math.ceil(place)] ?? Number.NaN];
  return lower + (upper - lower) * (place - Math.floor(place));
}
