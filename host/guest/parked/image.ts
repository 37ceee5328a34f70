import type { Block, Parking } from "./parking.ts";

/** The bytes of a suspended fiber: a block of the parking, and what the image needs to put them back. */
export interface Parked {
  readonly block: Block;
  readonly size: number;
}

/**
 * What an instance's memory is when no call has touched it, and how far it differs from that now.
 * `save` copies the difference out, `restore` puts it back, `reset` makes the memory pristine.
 */
export interface Image<P extends Parked = Parked> {
  /** How many bytes `save` would take. Asked before every `save`, and before the guest runs again. */
  dirtySize(): number;
  save(parking: Parking): P;
  restore(parking: Parking, parked: P): void;
  reset(): void;
}
