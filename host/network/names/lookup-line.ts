import { Fifo, Link } from "../../collections/fifo.ts";
import type { Asker } from "./query.ts";

/** Somebody who waits for a place. */
export interface Ticket {
  /** Its place in the line of its asker. For the line's use alone. */
  readonly inLine: Link<Ticket>;
  /** It has a place, until `release`. */
  start(): void;
}

/** Most that are under way at a time. */
export interface LookupLimits {
  /** Of one asker. */
  readonly ofOne: number;
  /** Of all together. */
  readonly ofAll: number;
}

/** One asker: how many places it has, and who waits for it. */
class Share {
  readonly asker: Asker;
  readonly waiting = new Fifo<Ticket>();
  /** In the round of those who may have a place more. */
  readonly turn = new Link<Share>(this);
  places = 0;

  constructor(asker: Asker) {
    this.asker = asker;
  }
}

/** Gives out places: so many to one asker, so many to all. Askers take turns, whatever each of them asks for. */
export class LookupLine {
  readonly #limits: LookupLimits;
  readonly #shares = new Map<Asker, Share>();
  readonly #round = new Fifo<Share>();
  #places = 0;

  constructor(limits: LookupLimits) {
    this.#limits = limits;
  }

  /** Starts it, now or when it is its turn. */
  enter(asker: Asker, ticket: Ticket): void {
    const share = this.#shareOf(asker);
    share.waiting.push(ticket.inLine);
    this.#settle(share);
    this.#admit();
  }

  /** It waits no more. Nothing happens if it did not. */
  withdraw(asker: Asker, ticket: Ticket): void {
    const share = this.#shares.get(asker);
    if (share === undefined) return;
    share.waiting.remove(ticket.inLine);
    this.#settle(share);
  }

  /** A place is free again. */
  release(asker: Asker): void {
    const share = this.#shareOf(asker);
    share.places--;
    this.#places--;
    this.#settle(share);
    this.#admit();
  }

  /** A place goes on to another, who may have more than its share by that. */
  handOver(from: Asker, to: Asker): void {
    const [giver, taker] = [this.#shareOf(from), this.#shareOf(to)];
    taker.places++;
    this.#settle(taker);
    giver.places--;
    this.#settle(giver);
    this.#admit();
  }

  #admit(): void {
    while (this.#places < this.#limits.ofAll && this.#round.first !== null) {
      const share = this.#round.first.value;
      const ticket = share.waiting.first?.value as Ticket;
      share.waiting.remove(ticket.inLine);
      share.places++;
      this.#places++;
      // Out of the round and in again: the others come first.
      this.#round.remove(share.turn);
      this.#settle(share);
      ticket.start();
    }
  }

  #shareOf(asker: Asker): Share {
    const known = this.#shares.get(asker);
    if (known !== undefined) return known;
    const share = new Share(asker);
    this.#shares.set(asker, share);
    return share;
  }

  /** Puts it into the round or takes it out, and forgets it when there is nothing to know of it. */
  #settle(share: Share): void {
    const mayStart = share.waiting.length > 0 && share.places < this.#limits.ofOne;
    if (!mayStart) this.#round.remove(share.turn);
    else if (share.turn.list === null) this.#round.push(share.turn);
    if (share.waiting.length === 0 && share.places === 0) this.#shares.delete(share.asker);
  }
}
