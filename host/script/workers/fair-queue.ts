import { Fifo, Link } from "../../collections/fifo.ts";
import { Heap } from "../../collections/heap.ts";

interface Party<T> {
  readonly waiting: Fifo<T>;
  /** Milliseconds of CPU that it has had, on the queue's clock. */
  served: number;
  /** What it had had when it came among those of whom one is next. It may have had more since. */
  rank: number;
  /** Whether it is among those of whom one is next. */
  isQueued: boolean;
}

/**
 * Shares the CPU among parties: next is the first item of the party that has had least. One that comes, or comes back,
 * starts level with those that are there, and has no claim to what it did not use.
 */
export class FairQueue<K, T> {
  readonly #parties = new Map<K, Party<T>>();
  readonly #ready = new Heap<Party<T>>();
  #clock = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @returns Its place in the queue, for `remove` */
  push(key: K, item: T): Link<T> {
    const party = this.#partyOf(key);
    const link = new Link(item);
    party.waiting.push(link);
    this.#length++;
    this.#enqueue(party);
    return link;
  }

  /** Takes an item out before its turn. */
  remove(link: Link<T>): void {
    if (link.list === null) return;
    link.list.remove(link);
    this.#length--;
  }

  shift(): T | undefined {
    for (let party = this.#ready.pop(); party !== undefined; party = this.#ready.pop()) {
      party.isQueued = false;
      const { first } = party.waiting;
      if (first === null) continue;
      if (party.served > party.rank) {
        this.#enqueue(party);
        continue;
      }
      party.waiting.remove(first);
      this.#length--;
      this.#enqueue(party);
      return first.value;
    }
    return undefined;
  }

  /** A party has had so much. */
  charge(key: K, ms: number): void {
    const party = this.#parties.get(key);
    if (party === undefined) return;
    // Not before: what was taken out can be put back.
    this.#clock = Math.max(this.#clock, party.served);
    party.served = this.#clock + ms;
  }

  /** Nothing of a party will come any more. */
  forget(key: K): void {
    this.#parties.delete(key);
  }

  #partyOf(key: K): Party<T> {
    const known = this.#parties.get(key);
    if (known !== undefined) return known;
    const party: Party<T> = { waiting: new Fifo(), served: this.#clock, rank: 0, isQueued: false };
    this.#parties.set(key, party);
    return party;
  }

  #enqueue(party: Party<T>): void {
    if (party.isQueued || party.waiting.first === null) return;
    party.isQueued = true;
    party.served = Math.max(party.served, this.#clock);
    party.rank = party.served;
    this.#ready.push(party.rank, party);
  }
}
