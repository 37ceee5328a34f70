/** A binary heap: the item with the lowest rank first. */
export class Heap<T> {
  readonly #ranks: number[] = [];
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  /** The item with the lowest rank; undefined if there is none. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** The lowest rank; infinite if there is no item. */
  lowest(): number {
    return this.#ranks[0] ?? Number.POSITIVE_INFINITY;
  }

  push(rank: number, item: T): void {
    let at = this.#items.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#rank(parent) <= rank) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#put(at, rank, item);
  }

  /** Removes the item with the lowest rank and returns it. */
  pop(): T | undefined {
    const top = this.#items[0];
    const rank = this.#ranks.pop();
    const item = this.#items.pop();
    const size = this.#items.length;
    if (rank === undefined || item === undefined || size === 0) return top;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#rank(child + 1) < this.#rank(child)) child++;
      if (this.#rank(child) >= rank) break;
      this.#move(child, at);
      at = child;
    }
    this.#put(at, rank, item);
    return top;
  }

  #rank(at: number): number {
    return this.#ranks[at] as number;
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#rank(from), this.#items[from] as T);
  }

  #put(at: number, rank: number, item: T): void {
    this.#ranks[at] = rank;
    this.#items[at] = item;
  }
}
