import type { Image, Parked } from "./image.ts";
import type { GuestMemory } from "./memory.ts";
import type { Parking } from "./parking.ts";

/** Bytes that are compared and kept as one. */
const PAGE = 1024;
/** Most memory is untouched: it is passed over in steps of this many pages. */
const STRIDE = 16 * PAGE;

interface ParkedPages extends Parked {
  /** Offsets of the pages in memory, in the order in which the block holds them. */
  readonly offsets: Uint32Array;
  /** Bytes that the memory had. */
  readonly memorySize: number;
}

/** The image of any guest: the pages that differ from what they were before the first call. */
export class PageImage implements Image<ParkedPages> {
  private readonly memory: GuestMemory;
  private readonly pristine: Buffer;

  constructor(memory: GuestMemory, pristine?: Buffer) {
    this.memory = memory;
    this.pristine = pristine ?? Buffer.from(memory.bytes);
  }

  dirtySize(): number {
    return this.findDirty().length * PAGE;
  }

  save(parking: Parking): ParkedPages {
    const offsets = Uint32Array.from(this.findDirty());
    const size = offsets.length * PAGE;
    const block = parking.take(size);
    const slab = parking.slabOf(block);
    let target = parking.offsetOf(block);
    const { bytes } = this.memory;
    for (const offset of offsets) {
      bytes.copy(slab, target, offset, offset + PAGE);
      target += PAGE;
    }
    return { block, size, offsets, memorySize: bytes.length };
  }

  restore(parking: Parking, { block, offsets, memorySize }: ParkedPages): void {
    const slab = parking.slabOf(block);
    let source = parking.offsetOf(block);
    this.memory.growTo(memorySize);
    const { bytes } = this.memory;
    for (const offset of offsets) {
      slab.copy(bytes, offset, source, source + PAGE);
      source += PAGE;
    }
  }

  reset(): void {
    const { bytes } = this.memory;
    bytes.set(this.pristine);
    bytes.fill(0, this.pristine.length);
  }

  private findDirty(): number[] {
    const { bytes } = this.memory;
    const dirty: number[] = [];
    for (let start = 0; start < bytes.length; start += STRIDE) {
      if (this.isPristine(bytes, start, STRIDE)) continue;
      for (let page = start; page < start + STRIDE; page += PAGE) {
        if (!this.isPristine(bytes, page, PAGE)) dirty.push(page);
      }
    }
    return dirty;
  }

  private isPristine(bytes: Buffer, start: number, size: number): boolean {
    if (start < this.pristine.length) {
      return bytes.compare(this.pristine, start, start + size, start, start + size) === 0;
    }
    return bytes.compare(ZEROS, 0, size, start, start + size) === 0;
  }
}

/** What memory that was grown holds at first. */
const ZEROS = Buffer.alloc(STRIDE);
