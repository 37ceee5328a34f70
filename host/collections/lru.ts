interface LruOptions<V> {
  /** The weight of one value. It must not change. @default 1 for each value */
  weigh?: (value: V) => number;
  /** Called with each value that was removed to make room. */
  onEvict?: (value: V) => void;
}

/** A map with a maximum weight. It removes the least recently used values first. */
export class Lru<K, V> {
  readonly #capacity: number;
  readonly #weigh: (value: V) => number;
  readonly #onEvict: (value: V) => void;
  /** In order of use. The value that was used last is at the end. */
  readonly #entries = new Map<K, V>();
  /** The key that was used last. If it is used again, nothing has to be moved. */
  #latest: K | undefined;
  #weight = 0;

  /** @param capacity The highest weight of all values together. */
  constructor(capacity: number, { weigh = () => 1, onEvict = () => {} }: LruOptions<V> = {}) {
    this.#capacity = capacity;
    this.#weigh = weigh;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value; undefined if there is none. The value now counts as used. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || key === this.#latest) return value;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#latest = key;
    return value;
  }

  /** Keeps a value, and removes others to make room. A value heavier than the capacity is not kept. */
  set(key: K, value: V): void {
    this.delete(key);
    const weight = this.#weigh(value);
    if (weight > this.#capacity) return;
    this.#entries.set(key, value);
    this.#latest = key;
    this.#weight += weight;
    for (const [oldest, evicted] of this.#entries) {
      if (this.#weight <= this.#capacity) return;
      this.delete(oldest);
      this.#onEvict(evicted);
    }
  }

  delete(key: K): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    this.#entries.delete(key);
    this.#weight -= this.#weigh(value);
    if (key === this.#latest) this.#latest = undefined;
  }
}
