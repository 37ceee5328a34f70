import { Heap } from "./heap.ts";

/** Something that has a place in a `Ranking`. */
export interface Ranked {
  /** The lower, the earlier; Infinity: it is not in the ranking. */
  rank: number;
  /** Only `Ranking` writes it. Infinity at first. */
  heldRank: number;
}

/**
 * Things in the order of their ranks. A rank may change at any time. If it becomes lower, `update` must be called; if it
 * becomes higher, this is noticed when the thing comes first.
 */
export class Ranking<T extends Ranked> {
  readonly #heap = new Heap<T>();

  update(item: T): void {
    if (item.rank >= item.heldRank) return;
    item.heldRank = item.rank;
    this.#heap.push(item.rank, item);
  }

  /** The item with the lowest rank; null if there is none. */
  first(): T | null {
    for (let item = this.#heap.peek(); item !== undefined; item = this.#heap.peek()) {
      const held = this.#heap.lowest();
      if (held === item.heldRank && held === item.rank) return item;
      this.#heap.pop();
      if (held !== item.heldRank) continue;
      item.heldRank = Number.POSITIVE_INFINITY;
      this.update(item);
    }
    return null;
  }
}
