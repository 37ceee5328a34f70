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
export class ConnectionQueue {
  /** Number of waiters without a connection and without a dial. */
  length = 0;
  /** Number of connections: dials, busy, idle and closing ones. */
  connections = 0;
  /** Number of connections and dials that are being closed to make room. */
  closing = 0;
  readonly #limits: ConnectionLimits;
  /** Hosts to which a waiter may open a connection. */
  readonly #hosts = new Ranking<HostLimit>();
  /** Sum of `HostLimit.admissible`. */
  #admissible = 0;
  #arrivals = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
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
    this.#updateHost(host);
  }

  /** Adds 1 to the number of connections, or subtracts 1. */
  count(host: HostLimit, change: 1 | -1): void {
    this.connections += change;
    host.connections += change;
    this.#updateHost(host);
  }

  countClosing(host: HostLimit, change: 1 | -1): void {
    this.closing += change;
    host.closing += change;
  }

  isFull(host: HostLimit): boolean {
    const { maxHost } = this.#limits;
    return maxHost > 0 && host.connections >= maxHost;
  }

  /** Of those who may open a connection now, the one who has waited longest. */
  nextToOpen(): Waiter | null {
    return this.#hasRoom() ? this.#firstAdmissible() : null;
  }

  /** Whether an idle connection, to any host, should be closed to make room for a waiter. */
  get lacksRoom(): boolean {
    return !this.#hasRoom() && this.#admissible > this.closing;
  }

  /** Whether an idle connection to this host should be closed to make room for a waiter of this host. */
  lacksRoomAt(host: HostLimit): boolean {
    return this.isFull(host) && host.wanted > host.closing;
  }

  /** Whether a waiter that came before `waiter` could open a connection if one to `host` were closed. */
  isOvertaking(waiter: Waiter, host: HostLimit): boolean {
    const atHost = this.isFull(host) ? firstOf(host) : null;
    if (atHost !== null && atHost.arrival < waiter.arrival) return true;
    const anywhere = this.#firstAdmissible();
    return anywhere !== null && anywhere.arrival < waiter.arrival;
  }

  #hasRoom(): boolean {
    const { maxTotal } = this.#limits;
    return maxTotal === 0 || this.connections < maxTotal;
  }

  #firstAdmissible(): Waiter | null {
    const host = this.#hosts.first();
    return host === null ? null : firstOf(host);
  }

  #updateHost(host: HostLimit): void {
    const { maxHost } = this.#limits;
    const room = maxHost === 0 ? host.wanted : Math.max(0, maxHost - host.connections);
    const admissible = Math.min(host.wanted, room);
    this.#admissible += admissible - host.admissible;
    host.admissible = admissible;
    host.rank = (admissible > 0 ? firstOf(host)?.arrival : undefined) ?? Number.POSITIVE_INFINITY;
    this.#hosts.update(host);
  }
}

/** Of those whose lanes want a dial, the one who has waited longest. */
function firstOf(host: HostLimit): Waiter | null {
  return host.dialling.first()?.nextToDial ?? null;
}
