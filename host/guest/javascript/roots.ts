import type { QuickJs } from "./quickjs.ts";

const SLOTS = ["answer", "begin", "run", "describe", "entries", "module", "namespace", "lastCall"] as const;

/** What the host keeps in the memory of the engine, because a guest that waits is nothing else than its memory. */
export type Slot = (typeof SLOTS)[number];

/** A block of the engine's memory with addresses of values, and a number. 0 is nothing. */
export class Roots {
  readonly #quickjs: QuickJs;
  readonly #ptr: number;

  constructor(quickjs: QuickJs, ptr: number) {
    this.#quickjs = quickjs;
    this.#ptr = ptr;
  }

  static make(quickjs: QuickJs): number {
    const size = SLOTS.length * 4;
    const ptr = quickjs.allocate(size);
    quickjs.memory.at(ptr, size).fill(0);
    return ptr;
  }

  get(slot: Slot): number {
    return this.#quickjs.memory.readU32(this.#ptr + SLOTS.indexOf(slot) * 4);
  }

  set(slot: Slot, value: number): void {
    this.#quickjs.memory.writeU32(this.#ptr + SLOTS.indexOf(slot) * 4, value);
  }
}
