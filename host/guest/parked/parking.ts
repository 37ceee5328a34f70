/** Bytes of one slab. Larger blocks get a slab of their own. */
const SLAB_SIZE = 1 << 20;
/** Blocks are multiples of this. */
const GRAIN = 256;

/**
 * Where suspended fibers are kept. A Buffer each would be garbage of a few KiB for every call;
 * this hands out blocks of shared slabs, and takes them back.
 *
 * A block is named by one number, `slab * SLAB_SIZE + offset`.
 */
export class Parking {
  #slabs: (Buffer | undefined)[] = [];
  /** The same, as words. */
  #words: (Int32Array | undefined)[] = [];
  /** Free blocks by size in grains. */
  #free: number[][] = [];
  #freeLarge: number[] = [];
  #next = 0;
  #end = 0;
  #used = 0;

  /** Reserves `size` bytes. What they hold is undefined. */
  take(size: number): number {
    this.#used++;
    if (size > SLAB_SIZE) return this.#takeLarge(size);
    const grains = grainsOf(size);
    const reused = this.#free[grains]?.pop();
    if (reused !== undefined) return reused;
    if (this.#next + grains * GRAIN > this.#end) this.#addSlab();
    const block = this.#next;
    this.#next += grains * GRAIN;
    return block;
  }

  /** Gives a block of `size` bytes back. */
  give(block: number, size: number): void {
    this.#used--;
    if (this.#used === 0) {
      this.#clear();
    } else if (size > SLAB_SIZE) {
      const index = block / SLAB_SIZE;
      this.#slabs[index] = undefined;
      this.#words[index] = undefined;
      this.#freeLarge.push(index);
    } else {
      const grains = grainsOf(size);
      const list = this.#free[grains];
      if (list === undefined) this.#free[grains] = [block];
      else list.push(block);
    }
  }

  /** The slab that holds a block, which begins at `offsetOf`. */
  slabOf(block: number): Buffer {
    return this.#slabs[Math.floor(block / SLAB_SIZE)] as Buffer;
  }

  /** The same slab as words of 32 bits. */
  wordsOf(block: number): Int32Array {
    const index = Math.floor(block / SLAB_SIZE);
    const words = this.#words[index] ?? toWords(this.#slabs[index] as Buffer);
    this.#words[index] = words;
    return words;
  }

  offsetOf(block: number): number {
    return block % SLAB_SIZE;
  }

  #addSlab(): void {
    this.#slabs.push(Buffer.allocUnsafeSlow(SLAB_SIZE));
    this.#next = (this.#slabs.length - 1) * SLAB_SIZE;
    this.#end = this.#next + SLAB_SIZE;
  }

  #takeLarge(size: number): number {
    const index = this.#freeLarge.pop() ?? this.#slabs.push(undefined) - 1;
    this.#slabs[index] = Buffer.allocUnsafeSlow(size);
    return index * SLAB_SIZE;
  }

  /** Nobody is parked: the memory of a burst goes back, but for the slab that the next call needs. */
  #clear(): void {
    const [first] = this.#slabs;
    this.#slabs = first?.length === SLAB_SIZE ? [first] : [];
    this.#words = [];
    this.#free = [];
    this.#freeLarge = [];
    this.#next = 0;
    this.#end = this.#slabs.length * SLAB_SIZE;
  }
}

function grainsOf(size: number): number {
  return Math.max(1, Math.ceil(size / GRAIN));
}

function toWords(slab: Buffer): Int32Array {
  return new Int32Array(slab.buffer, slab.byteOffset, slab.length >>> 2);
}
