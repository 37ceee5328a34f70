interface LruOptions<V> {
  /** What one value weighs; it must not change. @default 1 each */
  weigh?: (value: V) => number;
  /** Told of each value that had to go to make room. */
  onEvict?: (value: V) => void;
}

/** A map with a bound. What was used least recently goes first. */
export class Lru<K, V> {
  readonly #capacity: number;
  readonly #weigh: (value: V) => number;
  readonly #onEvict: (value: V) => void;
  /** In order of use, the latest last. */
  readonly #entries = new Map<K, V>();
  /** The key that was used last: to use it again moves nothing. */
  #latest: K | undefined;
  #weight = 0;

  /** @param capacity Most that the values weigh together. */
  constructor(capacity: number, { weigh = () => 1, onEvict = () => {} }: LruOptions<V> = {}) {
    this.#capacity = capacity;
    this.#weigh = weigh;
    this.#onEvict = onEvict;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The value, which counts as used; undefined if there is none. */
  get(key: K): V | undefined {
    const value = this.#entries.get(key);
    if (value === undefined || key === this.#latest) return value;
    this.#entries.delete(key);
    this.#entries.set(key, value);
    this.#latest = key;
    return value;
  }

  /** Keeps a value, and lets go of others to make room. One heavier than the capacity is not kept. */
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
