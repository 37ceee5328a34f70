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
  private kept = 0;
  /** The one whose spare was used last is at the end. */
  private readonly holders = new Set<SpareHolder>();
  private newest: SpareHolder | undefined;

  /** Whether one more suspended fiber may keep its instance. If so, it is counted until `unkeep`. */
  keep(): boolean {
    if (this.kept === MOST_KEPT) return false;
    this.kept++;
    return true;
  }

  unkeep(): void {
    this.kept--;
  }

  /** `holder` has a spare. The one that has not used its own for longest may have to drop it. */
  addSpare(holder: SpareHolder): void {
    if (this.newest === holder) return;
    this.newest = holder;
    this.holders.delete(holder);
    this.holders.add(holder);
    if (this.holders.size <= MOST_SPARES) return;
    const [oldest] = this.holders;
    oldest?.dropSpare();
    if (oldest !== undefined) this.holders.delete(oldest);
  }
}

export const LIVE = new LiveInstances();
