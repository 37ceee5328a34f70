import type { ConnectionLeases, Limited } from "../../api/fleet.ts";
import { Ranking } from "../../collections/ranking.ts";
import type { HostLimit, Lane, Waiter } from "./lane.ts";

/** Maximum number of connections at the same time, including idle ones; 0 means no limit. */
export interface ConnectionLimits {
  /** For all connections of a thread. */
  readonly maxTotal: number;
  /** For connections to one host and port. */
  readonly maxHost: number;
}

/** More than there will ever be arrivals. */
const LATER = 2 ** 50;

/**
 * The waiters, and the number of connections. From these follows who may open a connection (invariant 6).
 *
 * With more waiters, only one thing takes longer: the order of hosts, and of the lanes of a host, which are heaps.
 */
export class ConnectionQueue implements Limited {
  most: number;
  isFirm = true;
  /** Sum of `HostLimit.wishes`. */
  wishes = 0;
  /** Number of waiters without a connection and without a dial. */
  length = 0;
  /** Number of connections: dials, busy, idle and closing ones. */
  connections = 0;
  /** Number of connections and dials that are being closed to make room. */
  closing = 0;
  readonly #idle: { readonly length: number };
  readonly #leases: ConnectionLeases | null;
  /** Hosts to which a waiter may open a connection. */
  readonly #hosts = new Ranking<HostLimit>();
  /** Sum of `HostLimit.admissible`. */
  #admissible = 0;
  #arrivals = 0;

  /**
   * @param idle The idle connections
   * @param leases Learns what is wanted; null if this process shares its limits with no other
   */
  constructor(
    { maxTotal }: ConnectionLimits,
    idle: { readonly length: number },
    leases: ConnectionLeases | null,
  ) {
    this.most = maxTotal > 0 ? maxTotal : Number.POSITIVE_INFINITY;
    this.#idle = idle;
    this.#leases = leases;
  }

  get idleConnections(): number {
    return this.#idle.length;
  }

  /** Numbers a waiter in order of arrival; those of scripts after those of the application. */
  arrive(waiter: Waiter): void {
    waiter.arrival = ++this.#arrivals + (waiter.needs.asker === null ? 0 : LATER);
  }

  enqueue(waiter: Waiter, lane: Lane): void {
    waiter.state = "queued";
    this.length++;
    // A waiter that needs a fresh connection does not wait for a used one.
    if (!waiter.needs.isFresh) lane.waiting.push(waiter.inLane);
    (waiter.needs.isFresh ? lane.fresh : lane.undialled).push(waiter.inQueue);
    this.update(lane);
  }

  /** A connection is being opened for this waiter. It goes on waiting for one that comes free. */
  dial(waiter: Waiter, lane: Lane): void {
    waiter.state = "dialling";
    this.length--;
    waiter.inQueue.list?.remove(waiter.inQueue);
    this.update(lane);
  }

  /** The waiter waits no longer. */
  dequeue(waiter: Waiter, lane: Lane): void {
    if (waiter.state === "queued") this.length--;
    waiter.state = "over";
    waiter.inLane.list?.remove(waiter.inLane);
    waiter.inQueue.list?.remove(waiter.inQueue);
    this.update(lane);
  }

  /** Counts the dials that a lane wants. Called after each change of its waiters, or of `Lane.covering`. */
  update(lane: Lane): void {
    const { host, wanted } = lane;
    host.wanted += wanted - lane.counted;
    lane.counted = wanted;
    lane.rank = lane.nextToDial?.arrival ?? Number.POSITIVE_INFINITY;
    host.dialling.update(lane);
    this.updateHost(host);
  }

  /** Adds 1 to the number of connections, or subtracts 1. */
  count(host: HostLimit, change: 1 | -1): void {
    this.connections += change;
    host.connections += change;
    this.updateHost(host);
  }

  countClosing(host: HostLimit, change: 1 | -1): void {
    this.closing += change;
    host.closing += change;
  }

  isFull(host: HostLimit): boolean {
    return host.connections >= host.most;
  }

  /** Whether there are more connections than there may be now, and none of those too many is closing. */
  isOver(limit: Limited & { readonly closing: number }): boolean {
    return limit.connections - limit.closing > limit.most;
  }

  /** Of those who may open a connection now, the one who has waited longest. */
  nextToOpen(): Waiter | null {
    return this.#hasRoom() ? this.#firstAdmissible() : null;
  }

  /** Whether an idle connection, to any host, should be closed to make room for a waiter. */
  get lacksRoom(): boolean {
    return this.isFirm && !this.#hasRoom() && this.#admissible > this.closing;
  }

  /** Whether an idle connection to this host should be closed to make room for a waiter of this host. */
  lacksRoomAt(host: HostLimit): boolean {
    return host.isFirm && this.isFull(host) && host.wanted > host.closing;
  }

  /** Whether a waiter that came before `waiter` could open a connection if one to `host` were closed. */
  isOvertaking(waiter: Waiter, host: HostLimit): boolean {
    const atHost = this.isFull(host) ? firstOf(host) : null;
    if (atHost !== null && atHost.arrival < waiter.arrival) return true;
    const anywhere = this.#firstAdmissible();
    return anywhere !== null && anywhere.arrival < waiter.arrival;
  }

  #hasRoom(): boolean {
    return this.connections < this.most;
  }

  #firstAdmissible(): Waiter | null {
    const host = this.#hosts.first();
    return host === null ? null : firstOf(host);
  }

  /** Called after each change of what a host has, wants or may have. */
  updateHost(host: HostLimit): void {
    const admissible = Math.min(host.wanted, Math.max(0, host.most - host.connections));
    this.#admissible += admissible - host.admissible;
    host.admissible = admissible;
    host.rank = (admissible > 0 ? firstOf(host)?.arrival : undefined) ?? Number.POSITIVE_INFINITY;
    this.#hosts.update(host);
    if (this.#leases !== null) this.#wish(host, this.#leases);
  }

  #wish(host: HostLimit, leases: ConnectionLeases): void {
    const wishes = Math.min(host.wanted, Math.max(0, host.limit - host.connections));
    this.wishes += wishes - host.wishes;
    host.wishes = wishes;
    leases.changed(host);
  }
}

/** Of those whose lanes want a dial, the one who has waited longest. */
function firstOf(host: HostLimit): Waiter | null {
  return host.dialling.first()?.nextToDial ?? null;
}
