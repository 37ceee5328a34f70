import type { Protocol } from "../exchange/exchange.ts";
import type { ConnectionQueue } from "./connection-queue.ts";
import type { Dial, Lane, Slot, Waiter } from "./lane.ts";
import type { Lanes } from "./lanes.ts";

/** What lanes learn of their servers when connections open: what they speak, and how many exchanges they allow. */
export class Learning {
  readonly #queue: ConnectionQueue;
  readonly #lanes: Lanes;

  constructor(queue: ConnectionQueue, lanes: Lanes) {
    this.#queue = queue;
    this.#lanes = lanes;
  }

  /**
   * The lane of a connection that speaks this. The dial's place in its own lane goes to the connection in the returned
   * one. If it is another lane, those who wait for a connection go there too.
   */
  learn({ lane, tenancy }: Dial, protocol: Protocol): Lane {
    const home = this.#lanes.learn(lane.destination, tenancy, protocol);
    home.protocol = protocol;
    if (home !== lane) {
      for (let link = lane.undialled.first; link !== null; link = lane.undialled.first)
        this.#move(link.value, lane, home);
    }
    this.#lanes.leave(lane);
    this.#queue.update(home);
    return home;
  }

  /** Called after each change: counts whether the peer has still to say how many exchanges it allows. */
  settle(slot: Slot): void {
    const { lane, connection } = slot;
    const isSettling = connection.isSettling && slot.state !== "closed";
    if (isSettling === slot.isSettling) return;
    slot.isSettling = isSettling;
    lane.settling += isSettling ? 1 : -1;
    if (!isSettling && connection.capacity > 0) lane.breadth = connection.capacity;
    this.#queue.update(lane);
  }

  #move(waiter: Waiter, from: Lane, to: Lane): void {
    this.#queue.dequeue(waiter, from);
    this.#lanes.leave(from);
    to.users++;
    waiter.lane = to;
    this.#queue.enqueue(waiter, to);
  }
}
