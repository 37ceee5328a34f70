import { Fifo } from "../../collections/fifo.ts";
import type { Destination } from "../route/destination.ts";
import { type Dial, HostLimit, Lane, type Slot } from "./lane.ts";

/** The lanes and hosts that are in use. Others are removed. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #hosts = new Map<string, HostLimit>();

  /** The lane of a destination. Adds one user. */
  join(destination: Destination): Lane {
    const lane = this.#lanes.get(destination.key) ?? this.#add(destination);
    lane.users++;
    return lane;
  }

  /** Removes one user. */
  leave(lane: Lane): void {
    if (--lane.users > 0) return;
    this.#lanes.delete(lane.destination.key);
    if (--lane.host.lanes === 0) this.#hosts.delete(lane.host.key);
  }

  #add(destination: Destination): Lane {
    const host = this.#hosts.get(destination.hostKey) ?? new HostLimit(destination.hostKey);
    this.#hosts.set(host.key, host);
    host.lanes++;
    const lane = new Lane(destination, host);
    this.#lanes.set(destination.key, lane);
    return lane;
  }
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
