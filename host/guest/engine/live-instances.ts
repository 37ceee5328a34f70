import { Lru } from "../../collections/lru.ts";

/** Maximum of what the engines of a thread keep for their next calls, in bytes. The one that was used last keeps its own. */
const MOST_BYTES = 1 << 26;
/** An instance needs more than its memory: so there are never more than 64. */
const FEWEST_BYTES = 1 << 20;

/** An engine with an instance that it does not need now. */
export interface SpareHolder {
  /** Lets go of the instance, and of the memory that all instances begin with. */
  dropSpare(): void;
}

interface Held {
  /** Weak: if nothing else refers to a script any more, it must not stay in memory because of its spare. */
  readonly holder: WeakRef<SpareHolder>;
  readonly bytes: number;
}

/** The instances of all engines of this thread that do not run. */
class LiveInstances {
  readonly #held = new Lru<WeakRef<SpareHolder>, Held>(MOST_BYTES, {
    weigh: ({ bytes }) => bytes,
    onEvict: ({ holder }) => holder.deref()?.dropSpare(),
  });

  /**
   * Says that `holder` keeps so many bytes. If all keep too many, those that were not used for the longest time lose
   * theirs. A holder always passes the same reference.
   */
  addSpare(holder: WeakRef<SpareHolder>, size: number): void {
    const bytes = Math.min(Math.max(size, FEWEST_BYTES), MOST_BYTES);
    if (this.#held.get(holder)?.bytes !== bytes) this.#held.set(holder, { holder, bytes });
  }
}

export const LIVE = new LiveInstances();
