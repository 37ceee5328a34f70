/** From places in a module that was rewritten to places in the one that it was made of. */
export class OffsetMap {
  private readonly rewritten: number[] = [];
  private readonly original: number[] = [];
  /** Added to every rewritten place: what stands before the part that was mapped. */
  base = 0;

  /** From `rewritten` on, bytes are those from `original` on. Called in ascending order. */
  add(rewritten: number, original: number): void {
    this.rewritten.push(rewritten);
    this.original.push(original);
  }

  /** The place in the original; undefined before the first one that is known. */
  toOriginal(place: number): number | undefined {
    const wanted = place - this.base;
    let low = 0;
    let high = this.rewritten.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.rewritten[middle] as number) <= wanted) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    return (this.original[low - 1] as number) + wanted - (this.rewritten[low - 1] as number);
  }
}
