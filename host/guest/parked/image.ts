import type { Block, Parking } from "./parking.ts";

/** The bytes of a suspended fiber: a block of the parking, and what the image needs to restore them. */
export interface Parked {
  readonly block: Block;
  readonly size: number;
}

/**
 * Knows the memory of an instance before any call (pristine), and how the memory differs from it now. `save` copies the
 * difference out, `restore` puts it back, and `reset` makes the memory pristine again.
 */
export interface Image<P extends Parked = Parked> {
  save(parking: Parking): P;
  restore(parking: Parking, parked: P): void;
  reset(): void;
}
