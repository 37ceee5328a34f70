import type { Connection, Protocol } from "../../host/network/exchange/exchange.ts";
import { ConnectionQueue } from "../../host/network/pool/connection-queue.ts";
import type { ExchangeNeeds } from "../../host/network/pool/exchange-source.ts";
import { HostLimit, Lane, Slot, Waiter } from "../../host/network/pool/lane.ts";
import type { Destination } from "../../host/network/route/destination.ts";

export const DESTINATION = {
  key: "d",
  hostKey: "h",
  protocols: ["h2", "http/1.1"],
} as unknown as Destination;
const NOBODY = { onClosed: () => {}, onCapacity: () => {} };

/** Whoever waits in the books of a pool. */
export class Waiting extends Waiter {
  constructor(changes: Partial<ExchangeNeeds> = {}) {
    const needs = {
      destination: DESTINATION,
      isFresh: false,
      connectTimeoutMs: 1,
      asker: null,
      tenancy: null,
    };
    super({ ...needs, policy: null, ...changes });
  }

  onAdmitted(): void {}
  onLease(): void {}
  onConnectFailure(): void {}
}

export interface Books {
  readonly queue: ConnectionQueue;
  readonly host: HostLimit;
  readonly lane: Lane;
}

export function booksOf(maxTotal = 0, maxHost = 0, protocol: Protocol | null = "http/1.1"): Books {
  const host = new HostLimit("h", maxHost);
  const lane = new Lane("d", DESTINATION, host, protocol);
  return { queue: new ConnectionQueue({ maxTotal, maxHost }, { length: 0 }, null), host, lane };
}

export function enqueue({ queue, lane }: Books, changes: Partial<ExchangeNeeds> = {}, to = lane): Waiting {
  const waiter = new Waiting(changes);
  waiter.lane = to;
  queue.arrive(waiter);
  queue.enqueue(waiter, to);
  return waiter;
}

/** A connection for one exchange. The properties of `state` may change. */
export function slotOf(lane: Lane, state: Partial<Connection> = {}): Slot {
  const connection = Object.assign(state, {
    protocol: "http/1.1",
    capacity: 1,
    isSettling: false,
    ...state,
  }) as Connection;
  return new Slot({ lane, number: 1, owner: NOBODY }, () => connection);
}
