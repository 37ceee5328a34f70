import { Fifo, Link } from "../../collections/fifo.ts";
import type { Asker } from "./query.ts";

/** One who waits for a place. */
export interface QueuedLookup {
  /** Its position in the queue of its asker. Only the queue uses it. */
  readonly inQueue: Link<QueuedLookup>;
  /** Called when it gets a place. It has the place until `release`. */
  start(): void;
}

/** Maximum number of lookups at the same time. */
export interface LookupLimits {
  /** For one asker. */
  readonly ofOne: number;
  /** For all askers together. */
  readonly ofAll: number;
}

/** One asker: the number of its places, and its lookups that wait. */
class Share {
  readonly asker: Asker;
  readonly waiting = new Fifo<QueuedLookup>();
  /** Its position in the round of askers that may get one more place. */
  readonly turn = new Link<Share>(this);
  places = 0;

  constructor(asker: Asker) {
    this.asker = asker;
  }
}

/** Gives places to askers, with a limit for one asker and a limit for all. Askers take turns, one place at a time. */
export class LookupQueue {
  readonly #limits: LookupLimits;
  readonly #shares = new Map<Asker, Share>();
  readonly #round = new Fifo<Share>();
  #places = 0;

  constructor(limits: LookupLimits) {
    this.#limits = limits;
  }

  /** Starts the lookup, now or when its turn comes. */
  enter(asker: Asker, lookup: QueuedLookup): void {
    const share = this.#shareOf(asker);
    share.waiting.push(lookup.inQueue);
    this.#settle(share);
    this.#admit();
  }

  /** The lookup does not wait any more. If it was not waiting, nothing happens. */
  withdraw(asker: Asker, lookup: QueuedLookup): void {
    const share = this.#shares.get(asker);
    if (share === undefined) return;
    share.waiting.remove(lookup.inQueue);
    this.#settle(share);
  }

  /** Frees a place of an asker. */
  release(asker: Asker): void {
    const share = this.#shareOf(asker);
    share.places--;
    this.#places--;
    this.#settle(share);
    this.#admit();
  }

  /** Gives a place of one asker to another. The other may then have more than its limit. */
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
      const lookup = share.waiting.first?.value as QueuedLookup;
      share.waiting.remove(lookup.inQueue);
      share.places++;
      this.#places++;
      // It leaves the round and enters it again at the end, so the others come first.
      this.#round.remove(share.turn);
      this.#settle(share);
      lookup.start();
    }
  }

  #shareOf(asker: Asker): Share {
    const known = this.#shares.get(asker);
    if (known !== undefined) return known;
    const share = new Share(asker);
    this.#shares.set(asker, share);
    return share;
  }

  /** Puts the share into the round or takes it out. Removes it if nothing waits and it has no place. */
  #settle(share: Share): void {
    const mayStart = share.waiting.length > 0 && share.places < this.#limits.ofOne;
    if (!mayStart) this.#round.remove(share.turn);
    else if (share.turn.list === null) this.#round.push(share.turn);
    if (share.waiting.length === 0 && share.places === 0) this.#shares.delete(share.asker);
  }
}
