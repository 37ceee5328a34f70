import type { Duplex } from "node:stream";
import type { ConnectionLeases, LeaseOwner } from "../../api/fleet.ts";
import type { Connect } from "../connect/connect-options.ts";
import { numberOf } from "../connect/connection-number.ts";
import { toFailure } from "../transfer/failure-table.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { Choice } from "./choice.ts";
import { Closing } from "./closing.ts";
import { type ConnectionLimits, ConnectionQueue } from "./connection-queue.ts";
import { type DialOwner, Dials } from "./dials.ts";
import type { ExchangeClient, ExchangeNeeds, Exchanges, PendingExchange } from "./exchange-source.ts";
import { Holders } from "./holders.ts";
import { type Dial, HostLimit, type Lane, Lease, Slot, type SlotOwner, type Waiter } from "./lane.ts";
import { IdleSlots, Lanes } from "./lanes.ts";
import { Learning } from "./learning.ts";
import { openConnection, protocolOf } from "./open-connection.ts";
import { type Connections, PooledExchange } from "./pooled-exchange.ts";
import { Shares } from "./shares.ts";

/**
 * The connections of one thread.
 *
 * Whatever is ready first serves whoever has waited longest: a connection that comes free, or one that was dialled.
 * Each waiter gets a dial as soon as both limits allow this, in order of arrival. If it is served before, its dial
 * serves another one. To make room, the least recently used idle connection is closed.
 */
export class Pool implements Exchanges, Connections, DialOwner, LeaseOwner, SlotOwner {
  readonly #queue: ConnectionQueue;
  readonly #lanes: Lanes;
  readonly #idle = new IdleSlots();
  readonly #dials: Dials;
  readonly #closing: Closing;
  readonly #shares: Shares;
  readonly #holders: Holders;
  readonly #choice: Choice;
  readonly #learning: Learning;
  readonly #slots = new Set<Slot>();
  #empty: Promise<void> | null = null;
  #onEmpty: (() => void) | null = null;
  /** Why nobody may wait for a connection; null if one may. */
  #refusal: TransferFailure | null = null;
  /** Whether those who wait are refused in the next turn. */
  #isRefusing = false;

  /** @param leases Says how many of the limits are for this process; null if all are */
  constructor(limits: ConnectionLimits, connect: Connect, leases: ConnectionLeases | null = null) {
    this.#queue = new ConnectionQueue(limits, this.#idle, leases);
    this.#lanes = new Lanes(limits.maxHost, leases);
    this.#choice = new Choice(this.#queue);
    this.#learning = new Learning(this.#queue, this.#lanes);
    this.#dials = new Dials(connect, this.#queue, this);
    this.#closing = new Closing(this.#queue, this.#idle, this.#dials);
    this.#shares = new Shares(limits.maxTotal, limits.maxHost, (waiter) => this.#ask(waiter as Waiter));
    this.#holders = new Holders(this.#shares, this.#lanes, this.#choice);
    leases?.open(this.#queue, this);
  }

  /** Number of waiters without a dial. */
  get queued(): number {
    return this.#queue.length + this.#shares.length;
  }

  /** Number of connections that are open and not in use. */
  get idle(): number {
    return this.#idle.length;
  }

  /** Number of open connections that speak HTTP/2. */
  get http2(): number {
    let count = 0;
    for (const { connection } of this.#slots) if (connection.protocol === "h2") count++;
    return count;
  }

  /** Number of all connections: dials, busy, idle and closing ones. */
  get connections(): number {
    return this.#queue.connections;
  }

  prepare(client: ExchangeClient, needs: ExchangeNeeds): PendingExchange {
    return new PooledExchange(this, client, needs);
  }

  /** Asks for a connection. Methods of the waiter may be called before this returns. */
  ask(waiter: Waiter): void {
    this.#queue.arrive(waiter);
    const host = this.#holders.hostFor(waiter);
    if (host !== null) this.#lendToGuest(host, waiter);
    else if (this.#shares.enter(waiter)) this.#ask(waiter);
    else waiter.hasWaited = true;
  }

  #ask(waiter: Waiter): void {
    const { destination, tenancy, isFresh } = waiter.needs;
    const lane = this.#lanes.join(destination, tenancy);
    waiter.lane = lane;
    this.#queue.arrive(waiter);
    const ready = isFresh ? null : this.#choice.readyFor(waiter, lane);
    if (ready !== null) {
      this.#lend(ready, waiter, lane);
      return;
    }
    this.#queue.enqueue(waiter, lane);
    this.#makeRoom(lane.host);
    if (waiter.state !== "queued") return;
    waiter.hasWaited = true;
    if (this.#refusal !== null) this.#refuseSoon();
  }

  onLimit(limit: ConnectionQueue | HostLimit): void {
    const host = limit instanceof HostLimit ? limit : null;
    if (host !== null) this.#queue.updateHost(host);
    this.#closing.trim(limit);
    this.#makeRoom(host);
  }

  onRefusal(reason: Error | null): void {
    this.#refusal = reason === null ? null : new TransferFailure("FLEET_UNAVAILABLE", reason);
    this.#refuseAll();
  }

  /** Not at once: if whoever is refused calls again without a pause, the process must still hear that it is over. */
  #refuseSoon(): void {
    if (this.#isRefusing) return;
    this.#isRefusing = true;
    setImmediate(() => {
      this.#isRefusing = false;
      this.#refuseAll();
    });
  }

  #refuseAll(): void {
    const lanes = this.#refusal === null ? [] : [...this.#lanes.values()];
    for (const lane of lanes) {
      for (let waiter = lane.nextInLine; waiter !== null && this.#refusal; waiter = lane.nextInLine)
        this.#fail(waiter, lane, this.#refusal);
    }
  }

  /** Withdraws a waiter. Its dial is dropped. If it has a connection, nothing happens. */
  withdraw(waiter: Waiter): void {
    const { lane, dial } = waiter;
    if (waiter.state === "over") return;
    if (lane !== null) this.#leave(waiter, lane);
    if (lane !== null && dial !== null) this.#drop(dial, lane);
    this.#shares.leave(waiter);
  }

  /** Others may wait for what a dial finds out. */
  #drop(dial: Dial, lane: Lane): void {
    if (lane.protocol === "http/1.1" || lane.undialled.length === 0) dial.drop("over");
    else this.#dials.spare(dial);
  }

  /**
   * Gives a part of a connection back after use. If the connection must not be used again, the caller has destroyed it
   * before.
   */
  release(lease: Lease): void {
    if (lease.isOver) return;
    lease.isOver = true;
    lease.slot.leases--;
    this.#holders.release(lease.slot, lease.waiter);
    this.#serve(lease.slot);
    this.#shares.leave(lease.waiter);
  }

  /** Closes idle connections, now and whenever one becomes idle. Resolves when no connection is left. */
  close(): Promise<void> {
    this.#empty ??= new Promise((resolve) => {
      this.#onEmpty = resolve;
    });
    this.#dials.cutAllSpare();
    this.#closing.closeAll();
    if (this.connections === 0) this.#onEmpty?.();
    return this.#empty;
  }

  /** Destroys all connections at once. The exchanges on them fail. */
  destroy(): void {
    for (const slot of this.#slots) slot.connection.destroy();
  }

  /** Gives the free parts of a connection to those who wait. If nobody uses it then, it is kept idle, or closed. */
  #serve(slot: Slot): void {
    // A waiter that is served may fail at once, and give its part back.
    if (slot.isServing) return;
    slot.isServing = true;
    const { lane } = slot;
    this.#closing.trimWith(slot);
    for (let waiter = this.#choice.nextFor(slot); waiter !== null; waiter = this.#choice.nextFor(slot))
      this.#lend(slot, waiter, lane);
    for (let guest = this.#holders.guestFor(slot); guest !== null; guest = this.#holders.guestFor(slot)) {
      this.#shares.leave(guest);
      this.#lendToGuest(slot, guest);
    }
    slot.isServing = false;
    this.#choice.share(slot);
    if (!slot.isIdle) return;
    if (lane.waiting.length > 0 || this.#onEmpty !== null) {
      this.#closing.close(slot);
    } else {
      this.#idle.add(slot);
      this.#closing.trimIdle();
      this.#makeRoom(lane.host);
    }
  }

  #lendToGuest(slot: Slot, waiter: Waiter): void {
    const { lane } = slot;
    lane.users++;
    waiter.lane = lane;
    this.#lend(slot, waiter, lane);
  }

  #lend(slot: Slot, waiter: Waiter, lane: Lane): void {
    const { dial } = waiter;
    this.#idle.remove(slot);
    slot.leases++;
    this.#choice.share(slot);
    this.#leave(waiter, lane);
    if (dial !== null) {
      this.#dials.spare(dial);
      this.#makeRoom(lane.host);
    }
    this.#admit(waiter);
    this.#holders.lend(slot, waiter);
    waiter.onLease(new Lease(slot, waiter));
  }

  /** The waiter has what it waited for, or waits no longer. */
  #leave(waiter: Waiter, lane: Lane): void {
    if (waiter.state === "new") waiter.state = "over";
    else this.#queue.dequeue(waiter, lane);
    waiter.dial = null;
    this.#lanes.leave(lane);
  }

  #admit(waiter: Waiter): void {
    if (!waiter.hasWaited) return;
    waiter.hasWaited = false;
    waiter.onAdmitted();
  }

  #makeRoom(host: HostLimit | null): void {
    for (let waiter = this.#queue.nextToOpen(); waiter?.lane; waiter = this.#queue.nextToOpen()) {
      const { lane } = waiter;
      lane.users++;
      this.#dials.begin(waiter, lane);
      this.#admit(waiter);
      this.#closing.makeRoomAt(lane.host);
    }
    this.#closing.makeRoom();
    if (host !== null) this.#closing.makeRoomAt(host);
  }

  onSlow(host: HostLimit): void {
    this.#makeRoom(host);
  }

  onOpened(dial: Dial, socket: Duplex): void {
    const { waiter } = dial;
    const slot = this.#open(this.#learning.learn(dial, protocolOf(socket)), socket);
    if (waiter?.lane) {
      waiter.dial = null;
      this.#lend(slot, waiter, waiter.lane);
      if (slot.leases > 0) this.#serve(slot);
    } else if (dial.state === "spare") {
      slot.connection.free();
      this.#serve(slot);
    } else {
      if (dial.state === "closing") slot.state = "closing";
      slot.connection.destroy();
    }
    this.#makeRoom(slot.lane.host);
  }

  #open(lane: Lane, socket: Duplex): Slot {
    const slot = new Slot({ lane, number: numberOf(socket), owner: this }, (opening) =>
      openConnection(lane.destination, socket, opening),
    );
    this.#slots.add(slot);
    this.#learning.settle(slot);
    return slot;
  }

  onCapacity(slot: Slot): void {
    this.#learning.settle(slot);
    this.#idle.remove(slot);
    this.#serve(slot);
    this.#makeRoom(slot.lane.host);
  }

  onFailed(dial: Dial, error: unknown): void {
    const { lane, waiter, state } = dial;
    if (state === "wanted" || state === "spare") lane.isDoubtful = true;
    this.#queue.update(lane);
    setImmediate(() => {
      if (dial.state === "closing") this.#queue.countClosing(lane.host, -1);
      this.#forget(lane);
    });
    if (waiter !== null) this.#fail(waiter, lane, toFailure(error, "connecting"));
  }

  #fail(waiter: Waiter, lane: Lane, failure: TransferFailure): void {
    this.#leave(waiter, lane);
    this.#shares.leave(waiter);
    waiter.onConnectFailure(failure);
  }

  onClosed(slot: Slot): void {
    const wasClosing = slot.state === "closing";
    this.#idle.remove(slot);
    slot.lane.shared.remove(slot.inLane);
    this.#slots.delete(slot);
    slot.state = "closed";
    this.#learning.settle(slot);
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
