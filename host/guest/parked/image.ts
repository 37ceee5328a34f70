import type { Block, Parking } from "./parking.ts";

/** The bytes of a suspended fiber: a block of the parking, and what the image needs to restore them. */
export interface Parked {
  readonly block: Block;
  readonly size: number;
}

/** Knows the memory of an instance before any call (pristine). */
export interface Image {
  /** Makes the memory pristine again. */
  reset(): void;
}

/** How a memory differs from the first one. */
export interface Difference {
  readonly bytes: Uint8Array;
  /** Size of the memory, in bytes. */
  readonly memorySize: number;
}

/** Knows as well how the memory differs from it now, for guests that go on with it. */
export interface KeepingImage<P extends Parked = Parked> extends Image {
  /** The difference: a view that is valid until the next call of any image of this thread. */
  read(): Difference;
  /** Puts back what `read` has returned. */
  write(difference: Difference): void;
  /** Copies the difference out. */
  save(parking: Parking): P;
  /** Puts it back. */
  restore(parking: Parking, parked: P): void;
  /** From now on this difference, as `save` made it, is part of what is pristine; undefined undoes that. */
  rebase(difference: Buffer | undefined): void;
}
