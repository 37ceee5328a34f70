import type { Attributes, Histogram, Meter, UpDownCounter } from "@opentelemetry/api";
import type { ConnectionClose, ConnectionOpen, HopEnd, HopSent } from "../api/events.ts";
import type { Listeners } from "./listeners.ts";
import { ATTRIBUTES, CONNECTION_BUCKETS, METRICS } from "./names.ts";
import { versionOf } from "./outcome.ts";
import type { Servers } from "./servers.ts";

/** A connection that is open. */
interface Open {
  readonly number: number;
  readonly attributes: Attributes;
  /** How many requests go on. */
  requests: number;
}

/** Metrics of connections, by the conventions for HTTP clients. Of those that were open before, nothing is known. */
export class ConnectionMetrics {
  readonly listeners: Listeners = {
    "connection:open": (message) => this.#opened(message),
    "connection:close": (message) => this.#closed(message),
    "hop:sent": (message) => this.#sent(message),
    "hop:end": (message) => this.#ended(message),
  };
  readonly #servers: Servers;
  readonly #duration: Histogram;
  readonly #count: UpDownCounter;
  /** By number. */
  readonly #open = new Map<number, Open>();
  /** The connection of each call that has one. */
  readonly #ofCall = new Map<number, Open>();

  constructor(meter: Meter, servers: Servers) {
    this.#servers = servers;
    this.#duration = meter.createHistogram(METRICS.connectionDuration, {
      description: "The duration of the successfully established outbound HTTP connections.",
      unit: "s",
      advice: { explicitBucketBoundaries: CONNECTION_BUCKETS },
    });
    this.#count = meter.createUpDownCounter(METRICS.openConnections, {
      description: "Number of outbound HTTP connections that are currently active or idle on the client.",
      unit: "{connection}",
    });
  }

  /** What is open is counted no longer. */
  stop(): void {
    for (const open of this.#open.values()) this.#add(open, -1);
    this.#open.clear();
    this.#ofCall.clear();
  }

  #opened(message: ConnectionOpen): void {
    const attributes = {
      ...this.#servers.attributesOf(message),
      [ATTRIBUTES.protocolVersion]: versionOf(message.protocol),
    };
    const open = { number: message.connection, attributes, requests: 0 };
    this.#open.set(open.number, open);
    this.#add(open, 1);
  }

  #closed({ connection, openMs }: ConnectionClose): void {
    const open = this.#open.get(connection);
    if (open === undefined) return;
    this.#open.delete(connection);
    this.#add(open, -1);
    this.#duration.record(openMs / 1000, open.attributes);
  }

  #sent({ call, connection }: HopSent): void {
    const open = this.#open.get(connection);
    if (open === undefined) return;
    this.#ofCall.set(call, open);
    this.#change(open, 1);
  }

  #ended({ call }: HopEnd): void {
    const open = this.#ofCall.get(call);
    if (open === undefined) return;
    this.#ofCall.delete(call);
    this.#change(open, -1);
  }

  /** It may have closed before the request on it ended. */
  #change(open: Open, requests: 1 | -1): void {
    const isCounted = this.#open.get(open.number) === open;
    if (isCounted) this.#add(open, -1);
    open.requests += requests;
    if (isCounted) this.#add(open, 1);
  }

  #add({ attributes, requests }: Open, count: 1 | -1): void {
    this.#count.add(count, { ...attributes, [ATTRIBUTES.connectionState]: requests > 0 ? "active" : "idle" });
  }
}
