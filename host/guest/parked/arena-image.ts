import type { Image, Parked } from "./image.ts";
import type { GuestMemory } from "./memory.ts";
import type { Parking } from "./parking.ts";
import type { UnwindArea } from "./unwind-area.ts";

const zero = Uint8Array.prototype.fill;

interface ParkedArena extends Parked {
  readonly frames: number;
}

/**
 * The image of a guest that changes only its arena. The plugin is such a guest, with the stub runtime:
 *
 *     0 ── data, globals' objects ──┼── unwind area ──┼── arena ──▶ top
 *          the same for every call  │ frames          │ one range, from the same address on
 */
export class ArenaImage implements Image<ParkedArena> {
  readonly #memory: GuestMemory;
  readonly #area: UnwindArea;
  readonly #top: WebAssembly.Global<"i32">;
  readonly #base: number;
  /** Number of bytes in the unwind area that may not be zero: a guest that has rewound leaves its frames there. */
  #framesSeen = 0;

  constructor(memory: GuestMemory, area: UnwindArea, top: WebAssembly.Global<"i32">) {
    this.#memory = memory;
    this.#area = area;
    this.#top = top;
    this.#base = top.value >>> 0;
  }

  save(parking: Parking): ParkedArena {
    const frames = this.#area.used;
    const size = frames + this.#arenaSize;
    const block = parking.take(size);
    const slab = parking.slabOf(block);
    const offset = parking.offsetOf(block);
    const { bytes } = this.#memory;
    bytes.copy(slab, offset, this.#area.base, this.#area.base + frames);
    bytes.copy(slab, offset + frames, this.#base, this.#base + this.#arenaSize);
    return { block, size, frames };
  }

  restore(parking: Parking, { block, size, frames }: ParkedArena): void {
    const slab = parking.slabOf(block);
    const offset = parking.offsetOf(block);
    this.#memory.growTo(this.#base + size - frames);
    const { bytes } = this.#memory;
    slab.copy(bytes, this.#area.base, offset, offset + frames);
    slab.copy(bytes, this.#base, offset + frames, offset + size);
    this.#area.used = frames;
    this.#framesSeen = frames;
  }

  reset(): void {
    const { bytes } = this.#memory;
    // Not Buffer's own `fill`, which needs more time for its arguments than for filling.
    zero.call(bytes, 0, this.#area.base, this.#area.base + Math.max(this.#area.used, this.#framesSeen));
    zero.call(bytes, 0, this.#base, this.#base + this.#arenaSize);
    this.#area.used = 0;
    this.#framesSeen = 0;
  }

  get #arenaSize(): number {
    return (this.#top.value >>> 0) - this.#base;
  }
}
