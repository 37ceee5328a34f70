import type { DetachedFiber } from "../../guest/engine/instance.ts";
import { type Block, Parking } from "../../guest/parked/parking.ts";
import { isShared } from "../../guest/parked/shareable.ts";

/** The memory for the suspended guests of all runs. */
const PARKING = new Parking();

/** The guest of a run while it is suspended: bytes. */
export class ParkedGuest {
  #fiber: DetachedFiber | undefined;
  /** The place of its bytes; undefined if they are alone in memory that threads share. */
  #block: Block | undefined;

  /** Size in bytes. */
  get size(): number {
    return this.#fiber?.bytes.length ?? 0;
  }

  /** Replaces what was parked before. @throws RangeError if there is no memory for it */
  park(fiber: DetachedFiber): void {
    this.free();
    if (!isShared(fiber.bytes)) {
      this.#block = PARKING.take(fiber.bytes.length);
      PARKING.slabOf(this.#block).set(fiber.bytes, PARKING.offsetOf(this.#block));
    }
    this.#fiber = fiber;
  }

  /** What was parked. The bytes are valid until the next call of `park` or `free` of any run. */
  read(): DetachedFiber {
    const fiber = this.#fiber as DetachedFiber;
    if (this.#block === undefined) return fiber;
    const start = PARKING.offsetOf(this.#block);
    const bytes = PARKING.slabOf(this.#block).subarray(start, start + fiber.bytes.length);
    return { ...fiber, bytes };
  }

  /** Frees the memory. The guest cannot go on. */
  free(): void {
    if (this.#block !== undefined) PARKING.give(this.#block, this.size);
    this.#block = undefined;
    this.#fiber = undefined;
  }
}
