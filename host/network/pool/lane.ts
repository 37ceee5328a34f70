import { Fifo, Link } from "../../collections/fifo.ts";
import type { Connection } from "../http1/connection.ts";
import type { Destination } from "../route/destination.ts";
import type { TransferFailure } from "../transfer/failures.ts";
import type { ExchangeNeeds } from "./exchange-source.ts";

/** What connections to one `host:port` have in common: the limit that they count towards. */
export class HostLimit {
  readonly key: string;
  /** Its connections: opening, busy, idle and closing. */
  connections = 0;
  /** How many of them are being closed to make room. */
  closing = 0;
  /** How many of those that wait may open a connection as far as this host goes. */
  admissible = 0;
  /** Whether the pool has it among the hosts where somebody may open. */
  isRanked = false;
  lanes = 0;
  readonly waiting = new Fifo<Waiter>();
  /** Least recently used first. */
  readonly idle = new Fifo<Slot>();

  constructor(key: string) {
    this.key = key;
  }
}

/** Connections that can stand in for each other: those with one reuse key. */
export class Lane {
  readonly destination: Destination;
  readonly host: HostLimit;
  /** Its connections and those who ask for one: with none of either, the lane is forgotten. */
  users = 0;
  readonly waiting = new Fifo<Waiter>();
  readonly idle = new Fifo<Slot>();

  constructor(destination: Destination, host: HostLimit) {
    this.destination = destination;
    this.host = host;
  }
}

/** One connection in a pool's books. */
export class Slot {
  readonly lane: Lane;
  readonly connection: Connection;
  state: "busy" | "idle" | "closing" | "closed" = "busy";
  /** Times that it was given to somebody who came after somebody whom it could have made room for. */
  overtakes = 0;
  readonly inLane = new Link<Slot>(this);
  readonly inHost = new Link<Slot>(this);
  readonly inPool = new Link<Slot>(this);

  constructor(lane: Lane, open: (slot: Slot) => Connection) {
    this.lane = lane;
    this.connection = open(this);
  }
}

/** A request for a connection, from the moment it is made until it is assigned one, fails or is withdrawn. */
export abstract class Waiter {
  readonly needs: ExchangeNeeds;
  /** Order of arrival. Written by the pool, as is all that follows. */
  arrival = 0;
  state: "new" | "waiting" | "opening" | "assigned" | "withdrawn" = "new";
  lane: Lane | null = null;
  opening: AbortController | null = null;
  readonly inLane = new Link<Waiter>(this);
  readonly inHost = new Link<Waiter>(this);

  constructor(needs: ExchangeNeeds) {
    this.needs = needs;
  }

  /** It had to wait, and now has its turn: a connection that is there, or one that is being opened. */
  abstract onAdmitted(): void;
  /** `slot.connection` is its own until it gives the slot back. */
  abstract onSlot(slot: Slot): void;
  abstract onConnectFailure(failure: TransferFailure): void;
}
