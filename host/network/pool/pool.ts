import type { Duplex } from "node:stream";
import { Connection } from "../http1/connection.ts";
import type { ConnectOptions, Destination } from "../route/destination.ts";
import { toFailure } from "../transfer/failure-table.ts";
import { type Limits, WaitingLine } from "./connection-queue.ts";
import { type Host, type Lane, Slot, type Ticket } from "./lane.ts";
import { IdleSlots, Lanes } from "./lanes.ts";

/** Opens a connection. Rejects with a TransferFailure; when the signal aborts, its socket is gone. */
export type Connect = (destination: Destination, options: ConnectOptions) => Promise<Duplex>;

// How often whoever needs a new connection is passed, at most, by those who can use the one that could make room.
const MOST_OVERTAKES = 32;

/**
 * The connections of one thread.
 *
 * A connection goes to the first who can use it as it is. Whoever needs a new one opens it as soon as both limits allow,
 * in order of arrival, the least recently used idle connection being closed to make room.
 */
export class Pool {
  readonly #connect: Connect;
  readonly #line: WaitingLine;
  readonly #lanes = new Lanes();
  readonly #idle = new IdleSlots();
  readonly #slots = new Set<Slot>();
  #empty: Promise<void> | null = null;
  #onEmpty: (() => void) | null = null;

  constructor(limits: Limits, connect: Connect) {
    this.#connect = connect;
    this.#line = new WaitingLine(limits);
  }

  /** How many wait for a connection. */
  get queued(): number {
    return this.#line.length;
  }

  /** How many connections are open and not in use. */
  get idle(): number {
    return this.#idle.length;
  }

  /** How many connections there are at all: opening, busy, idle and closing. */
  get connections(): number {
    return this.#line.connections;
  }

  /** Asks for a connection. The ticket's seeker hears of it, perhaps before this returns. */
  ask(ticket: Ticket): void {
    const lane = this.#lanes.join(ticket.destination);
    ticket.lane = lane;
    this.#line.arrive(ticket);
    const reusable = ticket.isFresh ? undefined : lane.idle.last?.value;
    if (reusable !== undefined) {
      this.#idle.remove(reusable);
      this.#meet(ticket, reusable);
    } else if (this.#line.mayOpen(lane.host)) {
      this.#open(ticket, lane);
    } else {
      this.#line.enqueue(ticket, lane);
      this.#makeRoom(lane.host);
    }
  }

  /** Takes a request for a connection back: whatever was being opened for it is gone. Too late once it is met. */
  withdraw(ticket: Ticket): void {
    const { state, lane } = ticket;
    if (lane === null || state === "met") return;
    ticket.state = "withdrawn";
    ticket.opening?.abort();
    if (state !== "waiting") return;
    this.#line.dequeue(ticket, lane);
    this.#lanes.leave(lane);
  }

  /** Gives a connection back after use. One that must not be used again has been destroyed. */
  release(slot: Slot): void {
    if (slot.state !== "busy" || !slot.connection.isOpen) return;
    const ticket = slot.lane.waiting.first?.value;
    if (ticket !== undefined && this.#mayServe(slot, ticket)) {
      this.#admit(ticket, slot.lane);
      this.#meet(ticket, slot);
    } else if (ticket !== undefined || this.#onEmpty !== null) {
      this.#close(slot);
    } else {
      slot.state = "idle";
      this.#idle.add(slot);
      this.#makeRoom(slot.lane.host);
    }
  }

  /** Closes what is idle, now and from now on; resolves when no connection is left. */
  close(): Promise<void> {
    this.#empty ??= new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
    for (let slot = this.#idle.first; slot !== null; slot = this.#idle.first) this.#close(slot);
    if (this.connections === 0) this.#onEmpty?.();
    return this.#empty;
  }

  /** Closes every connection at once. Those in use tell their users. */
  destroy(): void {
    for (const slot of this.#slots) slot.connection.destroy();
  }

  #admit(ticket: Ticket, lane: Lane): void {
    this.#line.dequeue(ticket, lane);
    ticket.seeker.onAdmitted();
  }

  #mayServe(slot: Slot, ticket: Ticket): boolean {
    return !this.#line.isOvertaking(ticket, slot.lane.host) || ++slot.overtakes <= MOST_OVERTAKES;
  }

  #meet(ticket: Ticket, slot: Slot): void {
    slot.state = "busy";
    ticket.state = "met";
    this.#lanes.leave(slot.lane);
    ticket.seeker.onSlot(slot);
  }

  #makeRoom(host: Host): void {
    for (let ticket = this.#line.nextToOpen(); ticket?.lane; ticket = this.#line.nextToOpen()) {
      const { lane } = ticket;
      this.#admit(ticket, lane);
      this.#open(ticket, lane);
      this.#makeRoomAt(lane.host);
    }
    while (this.#line.lacksRoom && this.#idle.first !== null) this.#close(this.#idle.first);
    this.#makeRoomAt(host);
  }

  #makeRoomAt(host: Host): void {
    while (this.#line.lacksRoomAt(host) && host.idle.first !== null) this.#close(host.idle.first.value);
  }

  #open(ticket: Ticket, lane: Lane): void {
    const opening = new AbortController();
    ticket.state = "opening";
    ticket.opening = opening;
    this.#lanes.join(lane.destination);
    this.#line.count(lane.host, 1);
    const { connectTimeoutMs, policy } = ticket;
    const options = { timeoutMs: connectTimeoutMs, signal: opening.signal, policy };
    this.#connect(ticket.destination, options).then(
      (socket) => this.#opened(ticket, lane, socket),
      (error: unknown) => this.#failed(ticket, lane, error),
    );
  }

  #opened(ticket: Ticket, lane: Lane, socket: Duplex): void {
    const open = (slot: Slot) => new Connection(lane.destination, socket, () => this.#closed(slot));
    const slot = new Slot(lane, open);
    this.#slots.add(slot);
    ticket.opening = null;
    if (ticket.state === "opening") {
      this.#meet(ticket, slot);
    } else {
      this.#lanes.leave(lane);
      slot.connection.destroy();
    }
  }

  #failed(ticket: Ticket, lane: Lane, error: unknown): void {
    const isWanted = ticket.state === "opening";
    ticket.opening = null;
    this.#lanes.leave(lane);
    setImmediate(() => this.#forget(lane));
    if (isWanted) ticket.seeker.onConnectFailure(toFailure(error, "connecting"));
  }

  /** Closes a connection that nobody uses. It counts until the peer has let go of it. */
  #close(slot: Slot): void {
    this.#idle.remove(slot);
    slot.state = "closing";
    this.#line.countClosing(slot.lane.host, 1);
    slot.connection.close();
  }

  #closed(slot: Slot): void {
    const wasClosing = slot.state === "closing";
    this.#idle.remove(slot);
    this.#slots.delete(slot);
    slot.state = "closed";
    // A turn of the event loop later: a peer in this process, too, has then seen the end of it before the next begins.
    setImmediate(() => {
      if (wasClosing) this.#line.countClosing(slot.lane.host, -1);
      this.#forget(slot.lane);
    });
  }

  #forget(lane: Lane): void {
    this.#line.count(lane.host, -1);
    this.#makeRoom(lane.host);
    this.#lanes.leave(lane);
    if (this.connections === 0) this.#onEmpty?.();
  }
}
