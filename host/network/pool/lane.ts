import { Fifo, Link } from "../../collections/fifo.ts";
import type { Connection } from "../http1/connection.ts";
import type { Destination } from "../route/destination.ts";
import type { TransferFailure } from "../transfer/failures.ts";
import type { ExchangeNeeds } from "./exchange-source.ts";

/** One `host:port`. The limit `max_host` counts all its connections together. */
export class HostLimit {
  readonly key: string;
  /** Number of its connections: opening, busy, idle and closing. */
  connections = 0;
  /** Number of connections that are being closed to make room. */
  closing = 0;
  /** Number of its waiters that may open a connection, if only the limit of this host is considered. */
  admissible = 0;
  /** Whether it is in the queue's order of hosts. */
  isRanked = false;
  lanes = 0;
  readonly waiting = new Fifo<Waiter>();
  /** Least recently used first. */
  readonly idle = new Fifo<Slot>();

  constructor(key: string) {
    this.key = key;
  }
}

/** Connections with the same reuse key. A request can use any of them. */
export class Lane {
  readonly destination: Destination;
  readonly host: HostLimit;
  /** Number of its connections and its waiters. At 0 the lane is removed. */
  users = 0;
  readonly waiting = new Fifo<Waiter>();
  readonly idle = new Fifo<Slot>();

  constructor(destination: Destination, host: HostLimit) {
    this.destination = destination;
    this.host = host;
  }
}

/** One connection in the books of a pool. */
export class Slot {
  readonly lane: Lane;
  readonly connection: Connection;
  state: "busy" | "idle" | "closing" | "closed" = "busy";
  /** How often it was given to a later waiter, although closing it could have made room for an earlier one. */
  overtakes = 0;
  readonly inLane = new Link<Slot>(this);
  readonly inHost = new Link<Slot>(this);
  readonly inPool = new Link<Slot>(this);

  constructor(lane: Lane, open: (slot: Slot) => Connection) {
    this.lane = lane;
    this.connection = open(this);
  }
}

/** A request for a connection, from the moment it is made until it gets one, fails or is withdrawn. */
export abstract class Waiter {
  readonly needs: ExchangeNeeds;
  /** Order of arrival. The pool writes this and all fields below. */
  arrival = 0;
  state: "new" | "waiting" | "opening" | "assigned" | "withdrawn" = "new";
  lane: Lane | null = null;
  opening: AbortController | null = null;
  readonly inLane = new Link<Waiter>(this);
  readonly inHost = new Link<Waiter>(this);

  constructor(needs: ExchangeNeeds) {
    this.needs = needs;
  }

  /** Called if it had to wait, when its turn has come. It gets a connection, or one is being opened for it. */
  abstract onAdmitted(): void;
  /** `slot.connection` belongs to the waiter until it gives the slot back. */
  abstract onSlot(slot: Slot): void;
  abstract onConnectFailure(failure: TransferFailure): void;
}
