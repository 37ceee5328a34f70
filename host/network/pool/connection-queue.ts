import { Heap } from "../../collections/heap.ts";
import type { HostLimit, Lane, Waiter } from "./lane.ts";

/** Most connections at a time, idle ones counted; 0 is no limit. */
export interface ConnectionLimits {
  /** All of a thread's. */
  readonly maxTotal: number;
  /** To one host and port. */
  readonly maxHost: number;
}

/**
 * Who waits for a connection, how many there are, and so who may open one (invariant 6).
 *
 * Nothing here takes longer the more are waiting, but for the order of hosts: a heap.
 */
export class ConnectionQueue {
  /** How many wait. */
  length = 0;
  /** How many connections there are: opening, busy, idle and closing. */
  connections = 0;
  /** How many of them are being closed. */
  closing = 0;
  readonly #limits: ConnectionLimits;
  /** Hosts where somebody may open a connection, by the arrival of the first who waits there. May be out of date. */
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
    // One that must have a fresh connection waits for no used one.
    if (!waiter.needs.isFresh) lane.waiting.push(waiter.inLane);
    this.#update(lane.host);
  }

  dequeue(waiter: Waiter, lane: Lane): void {
    this.length--;
    lane.host.waiting.remove(waiter.inHost);
    lane.waiting.remove(waiter.inLane);
    this.#update(lane.host);
  }

  /** Counts one connection more or less. */
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

  /** Whoever may open a connection now and has waited longest. */
  nextToOpen(): Waiter | null {
    return this.#hasRoom() ? this.#firstAdmissible() : null;
  }

  /** Whether some idle connection, whosever, should make room for somebody. */
  get lacksRoom(): boolean {
    return !this.#hasRoom() && this.#admissible > this.closing;
  }

  /** Whether an idle connection of this host should make room for somebody who waits there. */
  lacksRoomAt(host: HostLimit): boolean {
    return this.isFull(host) && host.waiting.length > host.closing;
  }

  /** Whether somebody who came before `waiter` could open if a connection of `host` were closed. */
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
