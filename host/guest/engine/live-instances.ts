import { Lru } from "../../collections/lru.ts";

/** Maximum number of engines that keep an instance for their next call. */
const MOST_SPARES = 64;

/** An engine with an instance that it does not need now. */
export interface SpareHolder {
  dropSpare(): void;
}

/** The instances of all engines of this thread that do not run. */
class LiveInstances {
  /** Weak references: if nothing else refers to a script any more, it must not stay in memory because of its spare. */
  readonly #holders = new Lru<WeakRef<SpareHolder>, WeakRef<SpareHolder>>(MOST_SPARES, {
    onEvict: (holder) => holder.deref()?.dropSpare(),
  });

  /**
   * Says that `holder` has a spare. If there are too many, the one that was not used for the longest time is dropped. A
   * holder always passes the same reference.
   */
  addSpare(holder: WeakRef<SpareHolder>): void {
    if (this.#holders.get(holder) === undefined) this.#holders.set(holder, holder);
  }
}

export const LIVE = new LiveInstances();
