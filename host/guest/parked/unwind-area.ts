import { HttpBackgroundError } from "../../api/errors.ts";
import type { GuestMemory } from "./memory.ts";

const HEADER_SIZE = 8;

/** A guest had more frames on its stack than fit into its unwind area. */
export class UnwindOverflow extends HttpBackgroundError {
  constructor() {
    super("GUEST_TRAPPED", "the guest overflowed its unwind area");
  }
}

/**
 * The area in which Asyncify keeps the frames of a suspended guest (Binaryen, src/passes/Asyncify.cpp):
 *
 *     ptr
 *     ├── u32 top ──┼── u32 end ──┼── frames ──▶ top ┈┈┈┈┈┈┈┈ end
 */
export class UnwindArea {
  readonly ptr: number;
  /** The address of the first frame. */
  readonly base: number;
  readonly #memory: GuestMemory;
  readonly #end: number;

  /** Makes an unwind area of the `size` bytes at `ptr`. */
  constructor(memory: GuestMemory, ptr: number, size: number) {
    this.#memory = memory;
    this.ptr = ptr;
    this.base = ptr + HEADER_SIZE;
    this.#end = ptr + size;
    memory.at(ptr, size).fill(0);
    memory.writeU32(ptr, this.base);
    memory.writeU32(ptr + 4, this.#end);
  }

  /** Number of bytes of frames. */
  get used(): number {
    return this.#memory.readU32(this.ptr) - this.base;
  }

  set used(used: number) {
    this.#memory.writeU32(this.ptr, this.base + used);
  }

  /**
   * Checks whether frames were written beyond the end. Asyncify itself notices this only when the unwinding is over.
   * Then the bytes after the area are overwritten, and its trap does not say why.
   *
   * @throws UnwindOverflow
   */
  checkOverflow(): void {
    if (this.used > this.#end - this.base || this.used < 0) throw new UnwindOverflow();
  }
}
