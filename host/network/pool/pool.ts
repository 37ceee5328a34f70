import type { Duplex } from "node:stream";
import type { Connect } from "../connect/connect-options.ts";
import { Connection } from "../http1/connection.ts";
import { toFailure } from "../transfer/failure-table.ts";
import { type ConnectionLimits, ConnectionQueue } from "./connection-queue.ts";
import type { ExchangeClient, ExchangeNeeds, ExchangeSource, PendingExchange } from "./exchange-source.ts";
import { type HostLimit, type Lane, Slot, type Waiter } from "./lane.ts";
import { IdleSlots, Lanes } from "./lanes.ts";
import { type Connections, PooledExchange } from "./pooled-exchange.ts";

// A waiter may need an idle connection to be closed, while later waiters could use this connection as it is. This is
// how often a connection may go to later waiters before it is closed.
const MOST_OVERTAKES = 32;

/**
 * The connections of one thread.
 *
 * A free connection goes to the first waiter that can use it. A waiter that needs a new connection opens it as soon as
 * both limits allow this, in order of arrival. To make room, the least recently used idle connection is closed.
 */
export class Pool implements ExchangeSource, Connections {
  readonly #connect: Connect;
  readonly #queue: ConnectionQueue;
  readonly #lanes = new Lanes();
  readonly #idle = new IdleSlots();
  readonly #slots = new Set<Slot>();
  #empty: Promise<void> | null = null;
  #onEmpty: (() => void) | null = null;

  constructor(limits: ConnectionLimits, connect: Connect) {
    this.#connect = connect;
    this.#queue = new ConnectionQueue(limits);
  }

  /** Number of waiters. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Number of connections that are open and not in use. */
  get idle(): number {
    return this.#idle.length;
  }

  /** Number of all connections: opening, busy, idle and closing. */
  get connections(): number {
    return this.#queue.connections;
  }

  prepare(client: ExchangeClient, needs: ExchangeNeeds): PendingExchange {
    return new PooledExchange(this, client, needs);
  }

  /** Asks for a connection. Methods of the waiter may be called before this returns. */
  ask(waiter: Waiter): void {
    const lane = this.#lanes.join(waiter.needs.destination);
    waiter.lane = lane;
    this.#queue.arrive(waiter);
    const reusable = waiter.needs.isFresh ? undefined : lane.idle.last?.value;
    if (reusable !== undefined) {
      this.#idle.remove(reusable);
      this.#assign(waiter, reusable);
    } else if (this.#queue.mayOpen(lane.host)) {
      this.#open(waiter, lane);
    } else {
      this.#queue.enqueue(waiter, lane);
      this.#makeRoom(lane.host);
    }
  }

  /**
   * Withdraws a waiter. A connection that was being opened for it is dropped. If it has a connection, nothing happens.
   */
  withdraw(waiter: Waiter): void {
    const { state, lane } = waiter;
    if (lane === null || state === "assigned") return;
    waiter.state = "withdrawn";
    waiter.opening?.abort();
    if (state !== "waiting") return;
    this.#queue.dequeue(waiter, lane);
    this.#lanes.leave(lane);
  }

  /** Gives a connection back after use. If it must not be used again, the caller has destroyed it before. */
  release(slot: Slot): void {
    if (slot.state !== "busy" || !slot.connection.isOpen) return;
    const waiter = slot.lane.waiting.first?.value;
    if (waiter !== undefined && this.#mayServe(slot, waiter)) {
      this.#queue.dequeue(waiter, slot.lane);
      this.#assign(waiter, slot);
    } else if (waiter !== undefined || this.#onEmpty !== null) {
      this.#close(slot);
    } else {
      slot.state = "idle";
      this.#idle.add(slot);
      this.#makeRoom(slot.lane.host);
    }
  }

  /** Closes idle connections, now and whenever one becomes idle. Resolves when no connection is left. */
  close(): Promise<void> {
    this.#empty ??= new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
    for (let slot = this.#idle.first; slot !== null; slot = this.#idle.first) this.#close(slot);
    if (this.connections === 0) this.#onEmpty?.();
    return this.#empty;
  }

  /** Destroys all connections at once. The exchanges on them fail. */
  destroy(): void {
    for (const slot of this.#slots) slot.connection.destroy();
  }

  #mayServe(slot: Slot, waiter: Waiter): boolean {
    return !this.#queue.isOvertaking(waiter, slot.lane.host) || ++slot.overtakes <= MOST_OVERTAKES;
  }

  #assign(waiter: Waiter, slot: Slot): void {
    const hasWaited = waiter.state === "waiting";
    slot.state = "busy";
    waiter.state = "assigned";
    this.#lanes.leave(slot.lane);
    if (hasWaited) waiter.onAdmitted();
    waiter.onSlot(slot);
  }

  #makeRoom(host: HostLimit): void {
    for (let waiter = this.#queue.nextToOpen(); waiter?.lane; waiter = this.#queue.nextToOpen()) {
      const { lane } = waiter;
      this.#queue.dequeue(waiter, lane);
      this.#open(waiter, lane);
      waiter.onAdmitted();
      this.#makeRoomAt(lane.host);
    }
    while (this.#queue.lacksRoom && this.#idle.first !== null) this.#close(this.#idle.first);
    this.#makeRoomAt(host);
  }

  #makeRoomAt(host: HostLimit): void {
    while (this.#queue.lacksRoomAt(host) && host.idle.first !== null) this.#close(host.idle.first.value);
  }

  #open(waiter: Waiter, lane: Lane): void {
    const opening = new AbortController();
    waiter.state = "opening";
    waiter.opening = opening;
    this.#lanes.join(lane.destination);
    this.#queue.count(lane.host, 1);
    const { destination, connectTimeoutMs, policy, asker } = waiter.needs;
    const options = { timeoutMs: connectTimeoutMs, signal: opening.signal, policy, asker };
    this.#connect(destination, options).then(
      (socket) => this.#opened(waiter, lane, socket),
      (error: unknown) => this.#failed(waiter, lane, error),
    );
  }

  #opened(waiter: Waiter, lane: Lane, socket: Duplex): void {
    const open = (slot: Slot) => new Connection(lane.destination, socket, () => this.#closed(slot));
    const slot = new Slot(lane, open);
    this.#slots.add(slot);
    waiter.opening = null;
    if (waiter.state === "opening") {
      this.#assign(waiter, slot);
    } else {
      this.#lanes.leave(lane);
      slot.connection.destroy();
    }
  }

  #failed(waiter: Waiter, lane: Lane, error: unknown): void {
    const isWanted = waiter.state === "opening";
    waiter.opening = null;
    this.#lanes.leave(lane);
    setImmediate(() => this.#forget(lane));
    if (isWanted) waiter.onConnectFailure(toFailure(error, "connecting"));
  }

  /** Closes a connection that nobody uses. It is counted until the peer has closed it too. */
  #close(slot: Slot): void {
    this.#idle.remove(slot);
    slot.state = "closing";
    this.#queue.countClosing(slot.lane.host, 1);
    slot.connection.close();
  }

  #closed(slot: Slot): void {
    const wasClosing = slot.state === "closing";
    this.#idle.remove(slot);
    this.#slots.delete(slot);
    slot.state = "closed";
    // One turn of the event loop later. Then even a peer in this process has seen its end, before a new connection
    // begins.
    setImmediate(() => {
      if (wasClosing) this.#queue.countClosing(slot.lane.host, -1);
      this.#forget(slot.lane);
    });
  }

  #forget(lane: Lane): void {
    this.#queue.count(lane.host, -1);
    this.#makeRoom(lane.host);
    this.#lanes.leave(lane);
    if (this.connections === 0) this.#onEmpty?.();
  }
}
