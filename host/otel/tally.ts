import type { Attributes, BatchObservableResult, Observable } from "@opentelemetry/api";

/** Counts things that have the same attributes. Of an observation told twice, only one would count. */
export class Tally {
  readonly #counts = new Map<string, { readonly attributes: Attributes; count: number }>();

  add(attributes: Attributes, count = 1): void {
    const key = JSON.stringify(attributes);
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { attributes, count });
    else known.count += count;
  }

  /** All counts are zero. */
  clear(): void {
    for (const one of this.#counts.values()) one.count = 0;
  }

  /** Counts only the largest. */
  raise(attributes: Attributes, count: number): void {
    const known = this.#counts.get(JSON.stringify(attributes));
    this.add(attributes, Math.max(0, count - (known?.count ?? 0)));
  }

  tell(result: BatchObservableResult, instrument: Observable): void {
    for (const { attributes, count } of this.#counts.values()) result.observe(instrument, count, attributes);
  }
}
