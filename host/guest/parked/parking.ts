/** Bytes of one slab. */
const SLAB_SIZE = 1 << 20;
/** A larger block gets its own slab. So never more than a quarter of a shared slab stays unused at its end. */
const LARGEST_SHARED = SLAB_SIZE / 4;
/** The size of a block is a multiple of this. */
const GRAIN = 256;

/** One piece of memory, which contains blocks. */
interface Slab {
  readonly bytes: Buffer;
  /** All its blocks, including free ones. */
  blocks: Block[];
  /** Total size of the blocks that are in use. */
  live: number;
  /** The position of the next block. */
  end: number;
}

/** The place of the bytes of one suspended fiber. The parking moves the block before it frees the slab. */
export interface Block {
  slab: Slab | undefined;
  offset: number;
  isFree: boolean;
}

/**
 * The memory for suspended fibers. It gives blocks of shared slabs, and takes them back. With a Buffer for each fiber,
 * every call would leave a few KiB of garbage.
 *
 * Its slabs have at most twice the bytes of the blocks in use, and one more slab. If there is more, it moves the blocks
 * out of the slab with the fewest bytes in use, and frees this slab. This copies less than half a slab to free a whole
 * one.
 */
export class Parking {
  /** All shared slabs. New blocks are placed in the last one. */
  #slabs: Slab[] = [];
  /** Free blocks, by size in grains. A block whose slab was freed is skipped. */
  #free: Block[][] = [];
  #capacity = 0;
  #live = 0;

  /** Total size of all slabs, in bytes. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Reserves `size` bytes. Their content is undefined. */
  take(size: number): Block {
    const rounded = roundUp(size);
    const block = this.#reuse(rounded) ?? this.#place(this.#slabFor(rounded), rounded);
    this.#live += rounded;
    this.#compact();
    return block;
  }

  /** Frees a block of `size` bytes. */
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

  /** The slab of a block, which begins at `offsetOf`. It is valid until the next `take` or `give`. */
  slabOf(block: Block): Buffer {
    return (block.slab as Slab).bytes;
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
    return { bytes, blocks: [], live: 0, end: 0 };
  }

  /** Frees slabs as long as there are too many, and as long as there is memory for the blocks in them. */
  #compact(): void {
    try {
      while (this.#slabs.length > 1 && this.#capacity > 2 * this.#live + SLAB_SIZE) {
        this.#clearOut(this.#emptiest());
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }

  /** The index of the slab with the fewest bytes in use. The last slab does not count. */
  #emptiest(): number {
    let found = 0;
    for (let i = 1; i < this.#slabs.length - 1; i++) {
      if ((this.#slabs[i] as Slab).live < (this.#slabs[found] as Slab).live) found = i;
    }
    return found;
  }

  #clearOut(index: number): void {
    const slab = this.#slabs[index] as Slab;
    // All the room is reserved first. If there is no memory for it, this fails before a block has moved.
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

  /** Called when no block is in use. Frees all slabs except one, which the next call needs. */
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

/** At least one grain, so that two blocks never have the same place. */
function roundUp(size: number): number {
  return Math.max(GRAIN, Math.ceil(size / GRAIN) * GRAIN);
}
