/** Bytes of one slab. */
const SLAB_SIZE = 1 << 20;
/** Blocks of more bytes get a slab of their own, of their size: a slab never ends with more than a quarter unused. */
const LARGEST_SHARED = SLAB_SIZE / 4;
/** Blocks are multiples of this. */
const GRAIN = 256;

/** One piece of memory, shared by blocks. */
interface Slab {
  readonly bytes: Buffer;
  /** The same as words, when somebody asked for them. */
  words: Int32Array | undefined;
  /** Every block that lies in it, and those that are free. */
  blocks: Block[];
  /** Bytes of the blocks that are taken. */
  live: number;
  /** Where the next block begins. */
  end: number;
}

/** Where the bytes of one suspended fiber lie. The parking moves it when its slab is to be given back. */
export interface Block {
  slab: Slab | undefined;
  offset: number;
  isFree: boolean;
}

/**
 * Where suspended fibers are kept. A Buffer each would be garbage of a few KiB for every call;
 * this hands out blocks of shared slabs, and takes them back.
 *
 * It has at most twice the bytes of the blocks that are taken, and one slab: when there are more, the emptiest slab is cleared
 * out. That copies less than half a slab, to give back a whole one.
 */
export class Parking {
  /** All that are shared. New blocks lie in the last. */
  #slabs: Slab[] = [];
  /** Free blocks by size in grains. Those whose slab is gone are passed over. */
  #free: Block[][] = [];
  #capacity = 0;
  #live = 0;

  /** Bytes of all slabs. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Reserves `size` bytes. What they hold is undefined. */
  take(size: number): Block {
    const rounded = roundUp(size);
    const block = this.#reuse(rounded) ?? this.#place(this.#slabFor(rounded), rounded);
    this.#live += rounded;
    this.#compact();
    return block;
  }

  /** Gives a block of `size` bytes back. */
  give(block: Block, size: number): void {
    const rounded = roundUp(size);
    const slab = block.slab as Slab;
    slab.live -= rounded;
    this.#live -= rounded;
    block.isFree = true;
    if (rounded > LARGEST_SHARED) {
      block.slab = undefined;
      this.#capacity -= slab.bytes.length;
    } else {
      this.#free[rounded / GRAIN] ??= [];
      this.#free[rounded / GRAIN]?.push(block);
    }
    if (this.#live === 0) this.#clear();
    else this.#compact();
  }

  /** The slab that holds a block, which begins at `offsetOf`. Until another block is taken or given. */
  slabOf(block: Block): Buffer {
    return (block.slab as Slab).bytes;
  }

  /** The same slab as words of 32 bits. */
  wordsOf({ slab }: Block): Int32Array {
    const { words, bytes } = slab as Slab;
    if (words !== undefined) return words;
    const made = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
    (slab as Slab).words = made;
    return made;
  }

  offsetOf(block: Block): number {
    return block.offset;
  }

  #reuse(size: number): Block | undefined {
    const free = this.#free[size / GRAIN];
    for (let block = free?.pop(); block !== undefined; block = free?.pop()) {
      if (block.slab === undefined) continue;
      block.slab.live += size;
      block.isFree = false;
      return block;
    }
    return undefined;
  }

  #place(slab: Slab, size: number): Block {
    const block: Block = { slab, offset: slab.end, isFree: false };
    slab.blocks.push(block);
    slab.end += size;
    slab.live += size;
    return block;
  }

  #slabFor(size: number): Slab {
    return size > LARGEST_SHARED ? this.#makeSlab(size) : this.#slabWithRoom(size);
  }

  #slabWithRoom(size: number): Slab {
    const last = this.#slabs.at(-1);
    if (last !== undefined && last.end + size <= SLAB_SIZE) return last;
    const slab = this.#makeSlab(SLAB_SIZE);
    this.#slabs.push(slab);
    return slab;
  }

  #makeSlab(size: number): Slab {
    const bytes = Buffer.allocUnsafeSlow(size);
    this.#capacity += size;
    return { bytes, words: undefined, blocks: [], live: 0, end: 0 };
  }

  /** Gives slabs back as long as there is too much, and memory for what they hold. */
  #compact(): void {
    try {
      while (this.#slabs.length > 1 && this.#capacity > 2 * this.#live + SLAB_SIZE) {
        this.#clearOut(this.#emptiest());
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }

  /** Which of the slabs has fewest bytes taken; not the last. */
  #emptiest(): number {
    let found = 0;
    for (let i = 1; i < this.#slabs.length - 1; i++) {
      if ((this.#slabs[i] as Slab).live < (this.#slabs[found] as Slab).live) found = i;
    }
    return found;
  }

  #clearOut(index: number): void {
    const slab = this.#slabs[index] as Slab;
    // All at once: what fails for want of memory fails before anything has moved.
    const target = this.#slabWithRoom(slab.live);
    for (const [i, block] of slab.blocks.entries()) {
      if (block.isFree) block.slab = undefined;
      else this.#move(block, (slab.blocks[i + 1]?.offset ?? slab.end) - block.offset, target);
    }
    this.#slabs.splice(index, 1);
    this.#capacity -= slab.bytes.length;
  }

  #move(block: Block, size: number, to: Slab): void {
    const from = block.slab as Slab;
    from.bytes.copy(to.bytes, to.end, block.offset, block.offset + size);
    block.slab = to;
    block.offset = to.end;
    to.blocks.push(block);
    to.end += size;
    to.live += size;
  }

  /** Nobody is parked: the memory of a burst goes back, but for the slab that the next call needs. */
  #clear(): void {
    const slab = this.#slabs.at(-1);
    this.#slabs = [];
    this.#free = [];
    this.#capacity = 0;
    if (slab === undefined) return;
    this.#slabs.push({ ...slab, blocks: [], live: 0, end: 0 });
    this.#capacity = SLAB_SIZE;
  }
}

/** At least one grain: no two blocks are at one place. */
function roundUp(size: number): number {
  return Math.max(GRAIN, Math.ceil(size / GRAIN) * GRAIN);
}
