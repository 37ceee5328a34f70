import { type Block, Parking } from "../../guest/parked/parking.ts";
import { HeldBytes } from "../pages/page-store.ts";
import { PAGE_SIZE } from "../pages/paged-bytes.ts";
import type { SuspendedGuest } from "../steps/step.ts";
import { type RunPages, slackOf } from "./run-pages.ts";

/** The memory for the suspended guests of all runs that would not fill a page. What it does not use of its memory is on no account. */
const PARKING = new Parking();

/** Of the value of a global, with room for a large one. Bytes. */
const GLOBAL_SIZE = 16;

const NOTHING = new Uint8Array(0);

/** The guest of a run while it is suspended: bytes. */
export class ParkedGuest {
  readonly #pages: RunPages;
  /** Its bytes are here only if they are in pages. */
  #guest: SuspendedGuest | undefined;
  /** The place of its bytes, otherwise. */
  #block: Block | undefined;
  #length = 0;

  constructor(pages: RunPages) {
    this.#pages = pages;
  }

  /** Whether there are bytes. */
  get isParked(): boolean {
    return this.#guest !== undefined;
  }

  /** What it takes of memory. Bytes. */
  get size(): number {
    return this.#length + GLOBAL_SIZE * (this.#guest?.globals.length ?? 0);
  }

  /** Bytes of its pages that are not needed. */
  get slack(): number {
    return slackOf(this.#guest?.bytes);
  }

  /** Replaces what was parked before. @throws RangeError if there is no memory for it */
  park({ bytes, memorySize, globals }: SuspendedGuest): void {
    this.free();
    if (bytes instanceof HeldBytes) {
      this.#guest = { bytes: this.#pages.keep(bytes.hold()), memorySize, globals };
    } else if (bytes.length >= PAGE_SIZE) {
      this.#guest = { bytes: this.#pages.put(bytes as Uint8Array), memorySize, globals };
    } else {
      this.#block = PARKING.take(bytes.length);
      PARKING.slabOf(this.#block).set(bytes as Uint8Array, PARKING.offsetOf(this.#block));
      // The given bytes are part of a batch, or the next guest writes over them.
      this.#guest = { bytes: NOTHING, memorySize, globals };
    }
    this.#length = bytes.length;
  }

  /** What was parked. The bytes are valid until the next call of `park` or `free` of any run. */
  read(): SuspendedGuest {
    const guest = this.#guest as SuspendedGuest;
    if (this.#block === undefined) return guest;
    const start = PARKING.offsetOf(this.#block);
    const bytes = PARKING.slabOf(this.#block).subarray(start, start + this.#length);
    return { ...guest, bytes };
  }

  /** Frees the memory. The guest cannot go on. */
  free(): void {
    if (this.#block !== undefined) PARKING.give(this.#block, this.#length);
    this.#pages.release(this.#guest?.bytes);
    this.#block = undefined;
    this.#guest = undefined;
    this.#length = 0;
  }
}
