import type { DetachedFiber } from "../../guest/engine/instance.ts";
import { type Block, Parking } from "../../guest/parked/parking.ts";
import type { SharedBytes } from "../workers/shared-bytes.ts";

/** The memory for the suspended guests of all runs. */
const PARKING = new Parking();

/** Of the value of a global, with room for a large one. Bytes. */
const GLOBAL_SIZE = 16;

const NOTHING = new Uint8Array(0);

/** The guest of a run while it is suspended: bytes. */
export class ParkedGuest {
  /** Its bytes are here only if they are alone in memory that threads share. */
  #fiber: DetachedFiber | undefined;
  /** The place of its bytes, otherwise. */
  #block: Block | undefined;
  #shared: SharedBytes | undefined;
  #length = 0;

  /** Whether there are bytes. */
  get isParked(): boolean {
    return this.#fiber !== undefined;
  }

  /** What it takes of memory. Bytes. */
  get size(): number {
    return this.#length + GLOBAL_SIZE * (this.#fiber?.globals.length ?? 0);
  }

  /** Bytes of its memory that are not needed. */
  get slack(): number {
    return this.#shared === undefined ? 0 : this.#shared.size - this.#length;
  }

  /** Replaces what was parked before. @throws RangeError if there is no memory for it */
  park(fiber: DetachedFiber, shared: SharedBytes | undefined): void {
    this.free();
    const { bytes, memorySize, globals } = fiber;
    if (shared !== undefined) {
      this.#shared = shared.hold();
      this.#fiber = fiber;
    } else {
      this.#block = PARKING.take(bytes.length);
      PARKING.slabOf(this.#block).set(bytes, PARKING.offsetOf(this.#block));
      // The given bytes are part of a batch, which must not stay.
      this.#fiber = { bytes: NOTHING, memorySize, globals };
    }
    this.#length = bytes.length;
  }

  /** What was parked. The bytes are valid until the next call of `park` or `free` of any run. */
  read(): DetachedFiber {
    const fiber = this.#fiber as DetachedFiber;
    if (this.#block === undefined) return fiber;
    const start = PARKING.offsetOf(this.#block);
    const bytes = PARKING.slabOf(this.#block).subarray(start, start + this.#length);
    return { ...fiber, bytes };
  }

  /** The memory of its bytes, if it is shared. */
  get shared(): SharedBytes | undefined {
    return this.#shared;
  }

  /** Frees the memory. The guest cannot go on. */
  free(): void {
    if (this.#block !== undefined) PARKING.give(this.#block, this.#length);
    this.#shared?.release();
    this.#shared = undefined;
    this.#block = undefined;
    this.#fiber = undefined;
    this.#length = 0;
  }
}
