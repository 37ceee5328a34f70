import { Fifo, Link } from "../../collections/fifo.ts";
import type { LookupQueue, QueuedLookup } from "./lookup-queue.ts";
import type { Ask, Asker, PendingLookup, Query } from "./query.ts";

/** Makes one query for each name, even if many wait for it. The query is cancelled when the last of them leaves. */
export class JoinedQueries {
  readonly #ask: Ask;
  readonly #queue: LookupQueue;
  readonly #queries = new Map<string, JoinedQuery>();

  /** @param queue where queries of an asker wait for a place. Queries of null do not wait */
  constructor(ask: Ask, queue: LookupQueue) {
    this.#ask = ask;
    this.#queue = queue;
  }

  join(hostname: string, asker: Asker | null): PendingLookup {
    const query = this.#queries.get(hostname) ?? this.#add(hostname);
    return query.join(asker);
  }

  #add(hostname: string): JoinedQuery {
    const query = new JoinedQuery(this.#queue, {
      ask: () => this.#ask(hostname),
      forget: () => this.#queries.delete(hostname),
    });
    this.#queries.set(hostname, query);
    return query;
  }
}

interface Owner {
  ask(): Query;
  /** Called when the query is over. Later callers start a new query. */
  forget(): void;
}

class JoinedQuery {
  readonly #queue: LookupQueue;
  readonly #owner: Owner;
  readonly #waiters = new Fifo<Waiter>();
  #query: Query | null = null;
  /** The asker whose place the query uses. */
  #payer: Asker | null = null;
  #isOver = false;

  constructor(queue: LookupQueue, owner: Owner) {
    this.#queue = queue;
    this.#owner = owner;
  }

  join(asker: Asker | null): Waiter {
    const waiter = new Waiter(this, asker);
    this.#waiters.push(waiter.inQuery);
    if (this.#query !== null) return waiter;
    if (asker === null) this.start(null);
    else this.#queue.enter(asker, waiter);
    return waiter;
  }

  /** The first waiter that gets a place, or needs none, starts the query for all. */
  start(payer: Asker | null): void {
    this.#payer = payer;
    for (const waiter of this.#waiters.values()) this.#leaveQueue(waiter);
    this.#query = this.#owner.ask();
    this.#query.answer.then(
      (addresses) => this.#end((waiter) => waiter.resolve(addresses)),
      (error: unknown) => this.#end((waiter) => waiter.reject(error)),
    );
  }

  leave(waiter: Waiter): void {
    if (waiter.inQuery.list === null) return;
    this.#waiters.remove(waiter.inQuery);
    this.#leaveQueue(waiter);
    const next = this.#waiters.first;
    if (next === null) this.#callBack();
    else if (waiter.asker === this.#payer) this.#passOn(next.value.asker);
  }

  #callBack(): void {
    if (this.#query === null || this.#query.cancel()) this.#end(() => {});
  }

  /** Gives the place to another waiter, because an asker that has left must not pay any more. */
  #passOn(to: Asker | null): void {
    const from = this.#payer;
    if (from === null || from === to) return;
    this.#payer = to;
    if (to === null) this.#queue.release(from);
    else this.#queue.handOver(from, to);
  }

  #leaveQueue(waiter: Waiter): void {
    if (waiter.asker !== null) this.#queue.withdraw(waiter.asker, waiter);
  }

  /** Updates our own state before it tells the waiters. */
  #end(tell: (waiter: Waiter) => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#owner.forget();
    for (const waiter of this.#waiters.values()) {
      this.#waiters.remove(waiter.inQuery);
      tell(waiter);
    }
    if (this.#payer !== null) this.#queue.release(this.#payer);
  }
}

/** One who waits for a query. Others may wait for the same query. */
class Waiter implements PendingLookup, QueuedLookup {
  readonly addresses: Promise<readonly string[]>;
  readonly asker: Asker | null;
  readonly inQueue: Link<QueuedLookup> = new Link<QueuedLookup>(this);
  readonly inQuery: Link<Waiter> = new Link<Waiter>(this);
  readonly #query: JoinedQuery;
  resolve: (addresses: readonly string[]) => void = () => {};
  reject: (error: unknown) => void = () => {};

  constructor(query: JoinedQuery, asker: Asker | null) {
    this.#query = query;
    this.asker = asker;
    this.addresses = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  start(): void {
    this.#query.start(this.asker);
  }

  leave(): void {
    this.#query.leave(this);
  }
}
