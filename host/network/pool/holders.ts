import type { Choice } from "./choice.ts";
import type { Slot, Waiter } from "./lane.ts";
import type { Lanes } from "./lanes.ts";
import type { Shares } from "./shares.ts";

/**
 * For which script a connection counts. If several calls use it, it counts for one of them: for the first one, and after
 * that for another, of the same script if there is one. The others are its guests, whose scripts may have used up their
 * shares.
 */
export class Holders {
  readonly #shares: Shares;
  readonly #lanes: Lanes;
  readonly #choice: Choice;
  readonly #holders = new Map<Slot, Waiter>();
  readonly #guests = new Map<Slot, Set<Waiter>>();

  constructor(shares: Shares, lanes: Lanes, choice: Choice) {
    this.#shares = shares;
    this.#lanes = lanes;
    this.#choice = choice;
  }

  /** A connection in which a call of a script can be a guest; null if there is none. */
  hostFor(waiter: Waiter): Slot | null {
    const { asker, destination, tenancy, isFresh } = waiter.needs;
    const lane = asker === null || isFresh ? null : this.#lanes.find(destination, tenancy);
    const slot = lane === null ? null : this.#choice.sharedFor(waiter, lane);
    return slot !== null && this.#holders.has(slot) ? slot : null;
  }

  /** One that waits for its share, and can be a guest of a connection; null if there is none. */
  guestFor(slot: Slot): Waiter | null {
    const guest = this.#holders.has(slot) ? (this.#shares.firstAt(slot.lane.key) as Waiter | null) : null;
    return guest !== null && this.#choice.mayTake(slot, guest) ? guest : null;
  }

  /** A waiter uses it from now on. */
  lend(slot: Slot, waiter: Waiter): void {
    if (waiter.needs.asker === null) return;
    if (this.#holders.has(slot)) this.#invite(slot, waiter);
    else this.#hold(slot, waiter);
  }

  /** A waiter uses it no more. It gives its own share back after that. */
  release(slot: Slot, waiter: Waiter): void {
    if (waiter.needs.asker === null) return;
    const guests = this.#guests.get(slot);
    guests?.delete(waiter);
    if (this.#holders.get(slot) === waiter) this.#passOn(slot, waiter, guests);
    if (guests?.size === 0) this.#guests.delete(slot);
  }

  #passOn(slot: Slot, from: Waiter, guests: Set<Waiter> | undefined): void {
    this.#holders.delete(slot);
    const heir = guests === undefined ? null : heirOf(from, guests);
    if (heir === null) return;
    guests?.delete(heir);
    this.#hold(slot, heir);
  }

  #invite(slot: Slot, waiter: Waiter): void {
    const guests = this.#guests.get(slot);
    if (guests === undefined) this.#guests.set(slot, new Set([waiter]));
    else guests.add(waiter);
    this.#shares.leave(waiter);
  }

  #hold(slot: Slot, waiter: Waiter): void {
    this.#holders.set(slot, waiter);
    this.#shares.claim(waiter);
  }
}

function heirOf({ needs }: Waiter, guests: ReadonlySet<Waiter>): Waiter | null {
  let heir: Waiter | null = null;
  for (const guest of guests) {
    if (guest.needs.asker?.script === needs.asker?.script) return guest;
    heir ??= guest;
  }
  return heir;
}
