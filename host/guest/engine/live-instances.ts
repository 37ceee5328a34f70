import { Lru } from "../../collections/lru.ts";

/** Instances that suspended fibers may keep. V8 reserves 8 to 10 GiB of addresses for each: some 12,000 is all there can be. */
const MOST_KEPT = 256;
/** Engines that may have an instance ready for their next call. */
const MOST_SPARES = 64;

/** Who has an instance that it can do without. */
export interface SpareHolder {
  dropSpare(): void;
}

/** The instances that are not at work, of all engines of this process. */
class LiveInstances {
  #kept = 0;
  /** Weak: a script that nobody has any more, and all that it holds, must not stay because it had a spare. */
  readonly #holders = new Lru<WeakRef<SpareHolder>, WeakRef<SpareHolder>>(MOST_SPARES, {
    onEvict: (holder) => holder.deref()?.dropSpare(),
  });

  /** Whether one more suspended fiber may keep its instance. If so, it is counted until `unkeep`. */
  keep(): boolean {
    if (this.#kept === MOST_KEPT) return false;
    this.#kept++;
    return true;
  }

  unkeep(): void {
    this.#kept--;
  }

  /** `holder` has a spare. The one that has not used its own for longest may have to drop it. A holder has one reference. */
  addSpare(holder: WeakRef<SpareHolder>): void {
    if (this.#holders.get(holder) === undefined) this.#holders.set(holder, holder);
  }
}

export const LIVE = new LiveInstances();
