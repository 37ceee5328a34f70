import { Heap } from "../../collections/heap.ts";
import type { Host, Lane, Ticket } from "./lane.ts";

/** Most connections at a time, idle ones counted; 0 is no limit. */
export interface Limits {
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
export class WaitingLine {
  /** How many wait. */
  length = 0;
  /** How many connections there are: opening, busy, idle and closing. */
  connections = 0;
  /** How many of them are being closed. */
  closing = 0;
  readonly #limits: Limits;
  /** Hosts where somebody may open a connection, by the arrival of the first who waits there. May be out of date. */
  readonly #ranking = new Heap<Host>();
  /** Sum of `Host.admissible`. */
  #admissible = 0;
  #turns = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Numbers a ticket in order of arrival. */
  arrive(ticket: Ticket): void {
    ticket.turn = ++this.#turns;
  }

  enqueue(ticket: Ticket, lane: Lane): void {
    ticket.state = "waiting";
    this.length++;
    lane.host.waiting.push(ticket.inHost);
    // One that must have a fresh connection waits for no used one.
    if (!ticket.isFresh) lane.waiting.push(ticket.inLane);
    this.#update(lane.host);
  }

  dequeue(ticket: Ticket, lane: Lane): void {
    this.length--;
    lane.host.waiting.remove(ticket.inHost);
    lane.waiting.remove(ticket.inLane);
    this.#update(lane.host);
  }

  /** Counts one connection more or less. */
  count(host: Host, change: 1 | -1): void {
    this.connections += change;
    host.connections += change;
    this.#update(host);
  }

  countClosing(host: Host, change: 1 | -1): void {
    this.closing += change;
    host.closing += change;
  }

  mayOpen(host: Host): boolean {
    return this.#hasRoom() && !this.isFull(host);
  }

  isFull(host: Host): boolean {
    const { maxHost } = this.#limits;
    return maxHost > 0 && host.connections >= maxHost;
  }

  /** Whoever may open a connection now and has waited longest. */
  nextToOpen(): Ticket | null {
    return this.#hasRoom() ? this.#firstAdmissible() : null;
  }

  /** Whether some idle connection, whosever, should make room for somebody. */
  get lacksRoom(): boolean {
    return !this.#hasRoom() && this.#admissible > this.closing;
  }

  /** Whether an idle connection of this host should make room for somebody who waits there. */
  lacksRoomAt(host: Host): boolean {
    return this.isFull(host) && host.waiting.length > host.closing;
  }

  /** Whether somebody who came before `ticket` could open if a connection of `host` were closed. */
  isOvertaking(ticket: Ticket, host: Host): boolean {
    const atHost = this.isFull(host) ? host.waiting.first?.value : undefined;
    if (atHost !== undefined && atHost.turn < ticket.turn) return true;
    const anywhere = this.#firstAdmissible();
    return anywhere !== null && anywhere.turn < ticket.turn;
  }

  #hasRoom(): boolean {
    const { maxTotal } = this.#limits;
    return maxTotal === 0 || this.connections < maxTotal;
  }

  #firstAdmissible(): Ticket | null {
    for (let host = this.#ranking.peek(); host !== undefined; host = this.#ranking.peek()) {
      const first = host.waiting.first?.value;
      const isCurrent = host.admissible > 0 && first !== undefined;
      if (isCurrent && first.turn === this.#ranking.lowest()) return first;
      this.#ranking.pop();
      host.isRanked = false;
      if (isCurrent) this.#rank(host, first);
    }
    return null;
  }

  #update(host: Host): void {
    const { maxHost } = this.#limits;
    const room = maxHost === 0 ? host.waiting.length : Math.max(0, maxHost - host.connections);
    const admissible = Math.min(host.waiting.length, room);
    this.#admissible += admissible - host.admissible;
    host.admissible = admissible;
    const first = host.waiting.first?.value;
    if (admissible > 0 && first !== undefined && !host.isRanked) this.#rank(host, first);
  }

  #rank(host: Host, first: Ticket): void {
    host.isRanked = true;
    this.#ranking.push(first.turn, host);
  }
}
