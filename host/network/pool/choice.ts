import type { ConnectionQueue } from "./connection-queue.ts";
import type { Lane, Slot, Waiter } from "./lane.ts";

// A waiter may need an idle connection to be closed, while later waiters could use this connection as it is. This is
// how often a connection may go to later waiters before it is closed.
const MOST_OVERTAKES = 32;

/** Which connection goes to which waiter. */
export class Choice {
  readonly #queue: ConnectionQueue;

  constructor(queue: ConnectionQueue) {
    this.#queue = queue;
  }

  /** The next one that gets a part of the connection; null if there is none, or no part is free. */
  nextFor(slot: Slot): Waiter | null {
    const waiter = slot.lane.waiting.first?.value;
    return waiter === undefined || !this.mayTake(slot, waiter) ? null : waiter;
  }

  /** A connection that the waiter can have at once. One that is in use comes first, so that the others can be closed. */
  readyFor(waiter: Waiter, lane: Lane): Slot | null {
    return this.sharedFor(waiter, lane) ?? lane.idle.last?.value ?? null;
  }

  /** One that others use, and that the waiter can have at once. */
  sharedFor(waiter: Waiter, lane: Lane): Slot | null {
    const shared = lane.shared.first?.value;
    return shared !== undefined && this.mayTake(shared, waiter) ? shared : null;
  }

  /** Called after each change of the leases of a connection, or of its capacity. */
  share(slot: Slot): void {
    const { shared } = slot.lane;
    shared.remove(slot.inLane);
    if (slot.leases > 0 && slot.hasRoom) shared.push(slot.inLane);
  }

  /** Whether a part is free, and the waiter keeps nobody too long from another connection. It counts. */
  mayTake(slot: Slot, waiter: Waiter): boolean {
    if (!slot.hasRoom) return false;
    return !this.#queue.isOvertaking(waiter, slot.lane.host) || ++slot.overtakes <= MOST_OVERTAKES;
  }
}
