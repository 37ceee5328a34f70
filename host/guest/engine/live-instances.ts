import { Lru } from "../../collections/lru.ts";

/**
 * Maximum number of instances that suspended fibers keep. V8 reserves 8 to 10 GiB of addresses for each instance, so
 * there cannot be more than about 12,000.
 */
const MOST_KEPT = 256;
/** Maximum number of engines that keep an instance for their next call. */
const MOST_SPARES = 64;

/** An engine with an instance that it does not need now. */
export interface SpareHolder {
  dropSpare(): void;
}

/** The instances of all engines of this process that do not run. */
class LiveInstances {
  #kept = 0;
  /** Weak references: if nothing else refers to a script any more, it must not stay in memory because of its spare. */
  readonly #holders = new Lru<WeakRef<SpareHolder>, WeakRef<SpareHolder>>(MOST_SPARES, {
    onEvict: (holder) => holder.deref()?.dropSpare(),
  });

  /** Whether one more suspended fiber may keep its instance. If yes, it is counted until `unkeep`. */
  keep(): boolean {
    if (this.#kept === MOST_KEPT) return false;
    this.#kept++;
    return true;
  }

  unkeep(): void {
    this.#kept--;
  }

  /**
   * Says that `holder` has a spare. If there are too many, the one that was not used for the longest time is dropped. A
   * holder always passes the same reference.
   */
  addSpare(holder: WeakRef<SpareHolder>): void {
    if (this.#holders.get(holder) === undefined) this.#holders.set(holder, holder);
  }
}

export const LIVE = new LiveInstances();
