import { Heap } from "../../collections/heap.ts";
import type { HostLimit, Lane, Waiter } from "./lane.ts";

/** Maximum number of connections at the same time, including idle ones; 0 means no limit. */
export interface ConnectionLimits {
  /** For all connections of a thread. */
  readonly maxTotal: number;
  /** For connections to one host and port. */
  readonly maxHost: number;
}

/**
 * The waiters, and the number of connections. From these follows who may open a connection (invariant 6).
 *
 * With more waiters, only one thing takes longer: the order of hosts, which is a heap.
 */
export class ConnectionQueue {
  /** Number of waiters. */
  length = 0;
  /** Number of connections: opening, busy, idle and closing. */
  connections = 0;
  /** Number of connections that are being closed. */
  closing = 0;
  readonly #limits: ConnectionLimits;
  /**
   * Hosts to which a waiter may open a connection, in the order of arrival of their first waiters. It may be out of
   * date.
   */
  readonly #ranking = new Heap<HostLimit>();
  /** Sum of `HostLimit.admissible`. */
  #admissible = 0;
  #arrivals = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** Numbers a waiter in order of arrival. */
  arrive(waiter: Waiter): void {
    waiter.arrival = ++this.#arrivals;
  }

  enqueue(waiter: Waiter, lane: Lane): void {
    waiter.state = "waiting";
    this.length++;
    lane.host.waiting.push(waiter.inHost);
    // A waiter that needs a fresh connection does not wait for a used one.
    if (!waiter.needs.isFresh) lane.waiting.push(waiter.inLane);
    this.#update(lane.host);
  }

  dequeue(waiter: Waiter, lane: Lane): void {
    this.length--;
    lane.host.waiting.remove(waiter.inHost);
    lane.waiting.remove(waiter.inLane);
    this.#update(lane.host);
  }

  /** Adds 1 to the number of connections, or subtracts 1. */
  count(host: HostLimit, change: 1 | -1): void {
    this.connections += change;
    host.connections += change;
    this.#update(host);
  }

  countClosing(host: HostLimit, change: 1 | -1): void {
    this.closing += change;
    host.closing += change;
  }

  mayOpen(host: HostLimit): boolean {
    return this.#hasRoom() && !this.isFull(host);
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
    return this.isFull(host) && host.waiting.length > host.closing;
  }

  /** Whether a waiter that came before `waiter` could open a connection if one to `host` were closed. */
  isOvertaking(waiter: Waiter, host: HostLimit): boolean {
    const atHost = this.isFull(host) ? host.waiting.first?.value : undefined;
    if (atHost !== undefined && atHost.arrival < waiter.arrival) return true;
    const anywhere = this.#firstAdmissible();
    return anywhere !== null && anywhere.arrival < waiter.arrival;
  }

  #hasRoom(): boolean {
    const { maxTotal } = this.#limits;
    return maxTotal === 0 || this.connections < maxTotal;
  }

  #firstAdmissible(): Waiter | null {
    for (let host = this.#ranking.peek(); host !== undefined; host = this.#ranking.peek()) {
      const first = host.waiting.first?.value;
      const isCurrent = host.admissible > 0 && first !== undefined;
      if (isCurrent && first.arrival === this.#ranking.lowest()) return first;
      this.#ranking.pop();
      host.isRanked = false;
      if (isCurrent) this.#rank(host, first);
    }
    return null;
  }

  #update(host: HostLimit): void {
    const { maxHost } = this.#limits;
    const room = maxHost === 0 ? host.waiting.length : Math.max(0, maxHost - host.connections);
    const admissible = Math.min(host.waiting.length, room);
    this.#admissible += admissible - host.admissible;
    host.admissible = admissible;
    const first = host.waiting.first?.value;
    if (admissible > 0 && first !== undefined && !host.isRanked) this.#rank(host, first);
  }

  #rank(host: HostLimit, first: Waiter): void {
    host.isRanked = true;
    this.#ranking.push(first.arrival, host);
  }
}
