import type { LimitedHost } from "../../api/fleet.ts";
import { Fifo, Link } from "../../collections/fifo.ts";
import { type Ranked, Ranking } from "../../collections/ranking.ts";
import { type Connection, type ConnectionOwner, MOST_STREAMS, type Protocol } from "../exchange/exchange.ts";
import type { Destination } from "../route/destination.ts";
import type { TransferFailure } from "../transfer/failures.ts";
import type { ExchangeNeeds } from "./exchange-source.ts";
import type { HostShare, Sharer } from "./shares.ts";
import { WaitingLine } from "./waiting-line.ts";

/** One `host:port`. The limit `max_host` counts all its connections together. */
export class HostLimit implements Ranked, LimitedHost {
  readonly key: string;
  /** As configured. */
  readonly limit: number;
  most: number;
  isFirm = true;
  /** Number of its connections: dials, busy, idle and closing ones. */
  connections = 0;
  /** Number of connections and dials that are being closed to make room. */
  closing = 0;
  /** Number of dials that its lanes want. */
  wanted = 0;
  /** As many of them as the limit of this host allows. */
  admissible = 0;
  /** As many of them as the configured limit would allow. Nobody counts them if the limit is of this process only. */
  wishes = 0;
  lanes = 0;
  /** When the first waiter came that this host may dial for. */
  rank = Number.POSITIVE_INFINITY;
  heldRank = Number.POSITIVE_INFINITY;
  /** Lanes that want a dial. */
  readonly dialling = new Ranking<Lane>();
  /** Least recently used first. */
  readonly idle = new Fifo<Slot>();
  /** Dials that nobody waits for. */
  readonly spare = new Fifo<Dial>();

  /** @param limit 0 is no limit */
  constructor(key: string, limit: number) {
    this.key = key;
    this.limit = limit > 0 ? limit : Number.POSITIVE_INFINITY;
    this.most = this.limit;
  }

  get idleConnections(): number {
    return this.idle.length;
  }
}

/** Connections with the same reuse key. A request can use any of them. */
export class Lane implements Ranked {
  readonly key: string;
  readonly destination: Destination;
  readonly host: HostLimit;
  /** What its server speaks; null as long as nobody knows. Then one dial finds out, and everybody waits for it. */
  protocol: Protocol | null;
  /** Whether nobody waits to learn the protocol, because a dial has failed, or takes too long. */
  isDoubtful = false;
  /** Number of dials that are not slow. */
  dials = 0;
  /** Number of connections whose peers have not said yet how many exchanges they allow. */
  settling = 0;
  /** As many exchanges as a connection of HTTP/2 allowed, when one last said it. */
  breadth = MOST_STREAMS;
  /** Number of its connections, dials and waiters. At 0 the lane is removed. */
  users = 0;
  /** Those who take a connection that comes free, in order of arrival. Some of them have a dial of their own. */
  readonly waiting = new WaitingLine<Waiter>();
  /** Those of them without a dial of their own, in order of arrival. */
  readonly undialled = new WaitingLine<Waiter>();
  /** Those who need a connection that was never used, and have no dial yet. */
  readonly fresh = new WaitingLine<Waiter>();
  readonly idle = new Fifo<Slot>();
  /** Connections that are in use, and have room for more. */
  readonly shared = new Fifo<Slot>();
  /** Number of dials that nobody waits for, and that will soon serve somebody who has none. */
  covering = 0;
  /** Number of dials that it wanted when they were last counted. */
  counted = 0;
  /** When the first waiter came that it wants a dial for. */
  rank = Number.POSITIVE_INFINITY;
  heldRank = Number.POSITIVE_INFINITY;

  constructor(key: string, destination: Destination, host: HostLimit, protocol: Protocol | null) {
    this.key = key;
    this.destination = destination;
    this.host = host;
    this.protocol = protocol;
  }

  /** Number of dials that it wants. */
  get wanted(): number {
    return this.fresh.length + this.#lacking;
  }

  /** Number of dials that those without one need. */
  get #lacking(): number {
    const waiting = this.undialled.length;
    const isCertain = this.protocol !== null || this.isDoubtful;
    if (this.protocol !== "h2" && isCertain) return Math.max(0, waiting - this.covering);
    const coming = this.dials + this.settling;
    if (!isCertain) return coming === 0 && waiting > 0 ? 1 : 0;
    // Each of those has a waiter of its own.
    const uncovered = waiting - coming * (this.breadth - 1);
    return Math.max(0, Math.ceil(uncovered / this.breadth));
  }

  /** One that has no dial; null if there is none. */
  get nextInLine(): Waiter | null {
    return (this.fresh.first ?? this.undialled.first)?.value ?? null;
  }

  /** The first one that it wants a dial for; null if it wants none. */
  get nextToDial(): Waiter | null {
    const fresh = this.fresh.first?.value ?? null;
    const other = this.#lacking > 0 ? (this.undialled.first?.value ?? null) : null;
    if (fresh === null || other === null) return fresh ?? other;
    return fresh.arrival < other.arrival ? fresh : other;
  }
}

/** Whoever keeps the books of a pool. */
export interface SlotOwner {
  onClosed(slot: Slot): void;
  onCapacity(slot: Slot): void;
}

/** One connection in the books of a pool. */
export class Slot implements ConnectionOwner {
  readonly lane: Lane;
  readonly connection: Connection;
  /** See `numberOf`. */
  readonly number: number;
  state: "open" | "closing" | "closed" = "open";
  /** Number of leases that are not over. */
  leases = 0;
  /** Whether the pool is giving its leases out right now. */
  isServing = false;
  /** Whether it counts in `Lane.settling`. */
  isSettling = false;
  /** How often it was given to a later waiter, although closing it could have made room for an earlier one. */
  overtakes = 0;
  readonly inLane = new Link<Slot>(this);
  readonly inHost = new Link<Slot>(this);
  readonly inPool = new Link<Slot>(this);
  readonly #owner: SlotOwner;

  /** @param open makes the connection, which has this slot as its owner */
  constructor(
    { lane, number, owner }: { lane: Lane; number: number; owner: SlotOwner },
    open: (slot: Slot) => Connection,
  ) {
    this.lane = lane;
    this.number = number;
    this.#owner = owner;
    this.connection = open(this);
  }

  onClosed(): void {
    this.#owner.onClosed(this);
  }

  onCapacity(): void {
    this.#owner.onCapacity(this);
  }

  /** Whether another exchange can begin on it. */
  get hasRoom(): boolean {
    return this.state === "open" && this.leases < this.connection.capacity;
  }

  /** Whether nobody uses it, although it could be used. */
  get isIdle(): boolean {
    return this.leases === 0 && this.hasRoom;
  }
}

/** A part of a connection, for one exchange. */
export class Lease {
  readonly slot: Slot;
  readonly waiter: Waiter;
  isOver = false;

  constructor(slot: Slot, waiter: Waiter) {
    this.slot = slot;
    this.waiter = waiter;
  }

  get connection(): Connection {
    return this.slot.connection;
  }

  get destination(): Destination {
    return this.slot.lane.destination;
  }
}

/** A connection that is being made. It belongs to its lane: if its waiter is served before, it serves another one. */
export class Dial {
  readonly lane: Lane;
  /** Who may share the connection, see `ExchangeNeeds.tenancy`. */
  readonly tenancy: string | null;
  /** The one it was begun for, who learns if it fails; null if this one waits no longer. */
  waiter: Waiter | null;
  state: "wanted" | "spare" | "closing" | "over" = "wanted";
  /** Whether nobody should wait for it any more who has no dial: it takes too long. */
  isSlow = false;
  /** Whether it counts in `Lane.dials`. */
  isCounted = true;
  readonly #abort = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly inHost = new Link<Dial>(this);
  readonly inPool = new Link<Dial>(this);

  /** @param onSlow called if the dial is not over after `slowMs` milliseconds */
  constructor(waiter: Waiter, lane: Lane, slowMs: number, onSlow: (dial: Dial) => void) {
    this.waiter = waiter;
    this.tenancy = waiter.needs.tenancy;
    this.lane = lane;
    this.#timer = setTimeout(onSlow, slowMs, this);
  }

  /** It aborts when the dial is dropped. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Nobody wants it any more. */
  drop(state: "closing" | "over"): void {
    this.state = state;
    this.waiter = null;
    this.stopTimer();
    this.#abort.abort();
  }

  stopTimer(): void {
    clearTimeout(this.#timer);
  }
}

/** A request for a connection, from the moment it is made until it gets one, fails or is withdrawn. */
export abstract class Waiter implements Sharer {
  readonly needs: ExchangeNeeds;
  share: HostShare | null = null;
  /** Order of arrival. The pool writes this and all fields below. */
  arrival = 0;
  state: "new" | "queued" | "dialling" | "over" = "new";
  /** Whether it has been in the queue, and has not been told that its turn has come. */
  hasWaited = false;
  lane: Lane | null = null;
  dial: Dial | null = null;
  /** In `Lane.waiting`. */
  readonly inLane = new Link<Waiter>(this);
  /** In `Lane.undialled` or `Lane.fresh`. */
  readonly inQueue = new Link<Waiter>(this);

  constructor(needs: ExchangeNeeds) {
    this.needs = needs;
  }

  /** Called if it had to wait, when its turn has come. It gets a connection, or one is being opened for it. */
  abstract onAdmitted(): void;
  /** The lease is the waiter's until it gives it back. */
  abstract onLease(lease: Lease): void;
  abstract onConnectFailure(failure: TransferFailure): void;
}
