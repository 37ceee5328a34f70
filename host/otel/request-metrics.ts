import type { Attributes, Histogram, Meter, UpDownCounter } from "@opentelemetry/api";
import type { HopEnd, HopSent, HopStart } from "../api/events.ts";
import type { Listeners } from "./listeners.ts";
import { ATTRIBUTES, METRICS, OTHER, REQUEST_BUCKETS } from "./names.ts";
import { attributesOfEnd, versionOf } from "./outcome.ts";
import type { Servers } from "./servers.ts";

/** A request that goes on. */
interface Going {
  readonly attributes: Attributes;
  version: string | undefined;
}

/** Metrics of requests, by the conventions for HTTP clients. */
export class RequestMetrics {
  readonly listeners: Listeners = {
    "hop:start": (message) => this.#start(message),
    "hop:sent": (message) => this.#sent(message),
    "hop:end": (message) => this.#end(message),
  };
  readonly #servers: Servers;
  readonly #knownMethods: ReadonlySet<string>;
  readonly #duration: Histogram;
  readonly #active: UpDownCounter;
  /** By the number of the call, of which only one hop goes on at a time. */
  readonly #going = new Map<number, Going>();

  constructor(meter: Meter, servers: Servers, knownMethods: ReadonlySet<string>) {
    this.#servers = servers;
    this.#knownMethods = knownMethods;
    this.#duration = meter.createHistogram(METRICS.requestDuration, {
      description: "Duration of HTTP client requests.",
      unit: "s",
      advice: { explicitBucketBoundaries: REQUEST_BUCKETS },
    });
    this.#active = meter.createUpDownCounter(METRICS.activeRequests, {
      description: "Number of active HTTP requests.",
      unit: "{request}",
    });
  }

  /** What goes on is counted no longer. */
  stop(): void {
    for (const { attributes } of this.#going.values()) this.#active.add(-1, attributes);
    this.#going.clear();
  }

  #start(message: HopStart): void {
    const { method, call } = message;
    this.#servers.learn(message);
    const attributes = {
      [ATTRIBUTES.method]: this.#knownMethods.has(method) ? method : OTHER,
      ...this.#servers.attributesOf(message),
    };
    this.#going.set(call, { attributes, version: undefined });
    this.#active.add(1, attributes);
  }

  #sent({ call, protocol }: HopSent): void {
    const going = this.#going.get(call);
    if (going !== undefined) going.version = versionOf(protocol);
  }

  #end(ended: HopEnd): void {
    const going = this.#going.get(ended.call);
    if (going === undefined) return;
    this.#going.delete(ended.call);
    const { attributes, version } = going;
    this.#active.add(-1, attributes);
    this.#duration.record(ended.tookMs / 1000, {
      ...attributes,
      ...attributesOfEnd(ended),
      ...(version === undefined ? {} : { [ATTRIBUTES.protocolVersion]: version }),
    });
  }
}
