import type { Image } from "./image.ts";
import type { GuestMemory } from "./memory.ts";

const zero = Uint8Array.prototype.fill;

/**
 * The image of a guest that changes only its arena, and needs nothing of it to go on. The plugin is such a guest, with
 * the stub runtime:
 *
 *     0 ── data, globals' objects ──┼── arena ──▶ top
 *          the same for every call  │ one range, from the same address on
 */
export class ArenaImage implements Image {
  readonly #memory: GuestMemory;
  readonly #top: WebAssembly.Global<"i32">;
  readonly #base: number;

  constructor(memory: GuestMemory, top: WebAssembly.Global<"i32">) {
    this.#memory = memory;
    this.#top = top;
    this.#base = top.value >>> 0;
  }

  reset(): void {
    // Not Buffer's own `fill`, which needs more time for its arguments than for filling.
    zero.call(this.#memory.bytes, 0, this.#base, this.#top.value >>> 0);
  }
}
