import type { Attributes, Histogram, Meter, UpDownCounter } from "@opentelemetry/api";
import type { HopEnd, HopSent, HopStart } from "../api/events.ts";
import type { Listeners } from "./listeners.ts";
import { ATTRIBUTES, METRICS, OTHER, REQUEST_BUCKETS } from "./names.ts";
import { attributesOfEnd, type Ended, versionOf } from "./outcome.ts";
import type { Servers } from "./servers.ts";
import { Variety } from "./variety.ts";

/** A request that goes on. */
interface Going {
  readonly method: string;
  /** What is said of the server. */
  readonly server: Attributes;
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
  readonly #variety = new Variety();
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
    for (const going of this.#going.values()) this.#active.add(-1, attributesOf(going));
    this.#going.clear();
  }

  #start(message: HopStart): void {
    const { method, call } = message;
    this.#servers.learn(message);
    const server = this.#servers.attributesOf(message);
    const going = { method: this.#knownMethods.has(method) ? method : OTHER, server, version: undefined };
    this.#going.set(call, going);
    this.#active.add(1, attributesOf(going));
  }

  #sent({ call, protocol }: HopSent): void {
    const going = this.#going.get(call);
    if (going !== undefined) going.version = versionOf(protocol);
  }

  #end(ended: HopEnd): void {
    const going = this.#going.get(ended.call);
    if (going === undefined) return;
    this.#going.delete(ended.call);
    this.#active.add(-1, attributesOf(going));
    const { version } = going;
    const told = this.#isOrdinary(going, ended) ? going : { ...going, method: OTHER };
    this.#duration.record(ended.tookMs / 1000, {
      ...attributesOf(told),
      ...attributesOfEnd(told === going ? ended : withClass(ended)),
      ...(version === undefined ? {} : { [ATTRIBUTES.protocolVersion]: version }),
    });
  }

  /** Whether the request is of one of the few kinds that are told apart. */
  #isOrdinary({ method, server, version }: Going, { status, code }: HopEnd): boolean {
    return this.#variety.has(JSON.stringify(server), JSON.stringify([method, version, status, code]));
  }
}

function attributesOf({ method, server }: Going): Attributes {
  return { [ATTRIBUTES.method]: method, ...server };
}

/** A status that nobody knows counts as the first one of its class (RFC 9110 §15). */
function withClass(ended: HopEnd): Ended {
  const { status } = ended;
  return status === undefined ? ended : { status: Math.trunc(status / 100) * 100 };
}
