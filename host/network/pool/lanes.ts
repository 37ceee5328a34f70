import type { ConnectionLeases } from "../../api/fleet.ts";
import { Fifo } from "../../collections/fifo.ts";
import { Lru } from "../../collections/lru.ts";
import type { Protocol } from "../exchange/exchange.ts";
import type { Destination } from "../route/destination.ts";
import { type Dial, HostLimit, Lane, type Slot } from "./lane.ts";
import { laneKey } from "./lane-key.ts";

/** For how many destinations the protocol is remembered. */
const MOST_REMEMBERED = 1024;

/** The lanes and hosts that are in use. Others are removed. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #hosts = new Map<string, HostLimit>();
  /** What the server of each destination spoke when it was last connected to. */
  readonly #protocols = new Lru<string, Protocol>(MOST_REMEMBERED);
  readonly #maxHost: number;
  readonly #leases: ConnectionLeases | null;

  /** @param maxHost 0 is no limit */
  constructor(maxHost: number, leases: ConnectionLeases | null) {
    this.#maxHost = maxHost;
    this.#leases = leases;
  }

  values(): IterableIterator<Lane> {
    return this.#lanes.values();
  }

  /**
   * The lane of a destination. Adds one user. What speaks HTTP/2, or may do so, is not shared with another tenancy: the
   * exchanges on a connection can slow each other down, and end each other.
   */
  join(destination: Destination, tenancy: string | null): Lane {
    const known = this.#protocolOf(destination);
    return this.#join(destination, known === "http/1.1" ? null : tenancy, known);
  }

  /** The lane whose connections are shared with this tenancy; null if there is none. Adds no user. */
  find(destination: Destination, tenancy: string | null): Lane | null {
    return this.#lanes.get(laneKey(destination, tenancy)) ?? null;
  }

  /** Remembers what the server of a destination speaks. Returns the lane of such a connection, with one more user. */
  learn(destination: Destination, tenancy: string | null, protocol: Protocol): Lane {
    if (offersChoice(destination)) this.#protocols.set(destination.key, protocol);
    return this.#join(destination, protocol === "http/1.1" ? null : tenancy, protocol);
  }

  /** Removes one user. */
  leave(lane: Lane): void {
    if (--lane.users > 0) return;
    this.#lanes.delete(lane.key);
    if (--lane.host.lanes > 0) return;
    this.#hosts.delete(lane.host.key);
    this.#leases?.leave(lane.host);
  }

  #protocolOf(destination: Destination): Protocol | null {
    return offersChoice(destination) ? (this.#protocols.get(destination.key) ?? null) : "http/1.1";
  }

  #join(destination: Destination, tenancy: string | null, protocol: Protocol | null): Lane {
    const key = laneKey(destination, tenancy);
    const lane = this.#lanes.get(key) ?? this.#add(key, destination, protocol);
    lane.users++;
    return lane;
  }

  #add(key: string, destination: Destination, protocol: Protocol | null): Lane {
    const host = this.#hosts.get(destination.hostKey) ?? this.#addHost(destination.hostKey);
    host.lanes++;
    const lane = new Lane(key, destination, host, protocol);
    this.#lanes.set(key, lane);
    return lane;
  }

  #addHost(key: string): HostLimit {
    const host = new HostLimit(key, this.#maxHost);
    this.#hosts.set(key, host);
    this.#leases?.join(host);
    return host;
  }
}

/** Whether the server chooses what is spoken. */
function offersChoice({ protocols }: Destination): boolean {
  return protocols.length > 1;
}

/** The idle connections of a pool, of each host and of each lane. The least recently used one is first. */
export class IdleSlots {
  readonly #all = new Fifo<Slot>();

  get length(): number {
    return this.#all.length;
  }

  get first(): Slot | null {
    return this.#all.first?.value ?? null;
  }

  add(slot: Slot): void {
    slot.lane.idle.push(slot.inLane);
    slot.lane.host.idle.push(slot.inHost);
    this.#all.push(slot.inPool);
  }

  /** Does nothing if the slot is not here. */
  remove(slot: Slot): void {
    slot.lane.idle.remove(slot.inLane);
    slot.lane.host.idle.remove(slot.inHost);
    this.#all.remove(slot.inPool);
  }
}

/** The dials that nobody waits for, in the order in which they became spare. */
export class SpareDials {
  readonly #all = new Fifo<Dial>();

  get first(): Dial | null {
    return this.#all.first?.value ?? null;
  }

  add(dial: Dial): void {
    dial.lane.host.spare.push(dial.inHost);
    this.#all.push(dial.inPool);
  }

  /** Does nothing if the dial is not here. */
  remove(dial: Dial): void {
    dial.lane.host.spare.remove(dial.inHost);
    this.#all.remove(dial.inPool);
  }
}
