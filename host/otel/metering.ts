import {
  type BatchObservableResult,
  createNoopMeter,
  type Meter,
  metrics,
  type Observable,
} from "@opentelemetry/api";
import { ConnectionMetrics } from "./connection-metrics.ts";
import { EventLoop } from "./event-loop.ts";
import { guarded, type Listeners, listen } from "./listeners.ts";
import { SCOPE } from "./names.ts";
import type { ReadOptions } from "./options.ts";
import { OwnMetrics } from "./own-metrics.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { Servers } from "./servers.ts";
import { type Watched, WatchedCounts } from "./watched-counts.ts";

/**
 * Metrics. Without a provider of their own they begin when one is registered, with the next call or run: what
 * OpenTelemetry hands out before that does nothing for ever, other than with spans.
 */
export class Metering {
  readonly #options: ReadOptions;
  readonly #watched = new Set<Watched>();
  #measuring: Measuring | undefined;
  #unlisten: () => void;

  constructor(options: ReadOptions) {
    this.#options = options;
    const begin = (): void => this.#begin();
    this.#unlisten = isProvided(options) ? () => {} : listen([{ "call:start": begin, "run:start": begin }]);
    begin();
  }

  watch(source: Watched): () => void {
    this.#watched.add(source);
    guarded(() => this.#begin())();
    return () => void this.#watched.delete(source);
  }

  stop(): void {
    this.#unlisten();
    this.#measuring?.stop();
  }

  #begin(): void {
    if (this.#measuring !== undefined || !isProvided(this.#options)) return;
    this.#unlisten();
    this.#measuring = new Measuring(this.#options, this.#watched);
    this.#unlisten = listen(this.#measuring.listeners);
  }
}

function isProvided({ meterProvider }: ReadOptions): boolean {
  return meterProvider !== undefined || metrics.getMeter(SCOPE) !== createNoopMeter();
}

/** What is read when metrics are collected. */
interface Observed {
  readonly instruments: Observable[];
  observe(result: BatchObservableResult): void;
}

class Measuring {
  readonly listeners: readonly Listeners[];
  readonly #stops: (() => void)[] = [];

  constructor(
    { meterProvider, requests, eventLoop, servers, knownMethods }: ReadOptions,
    watched: ReadonlySet<Watched>,
  ) {
    const meter = (meterProvider ?? metrics).getMeter(SCOPE);
    const own = new OwnMetrics(meter);
    const counts = new WatchedCounts(meter, watched);
    this.listeners = [
      own.listeners,
      ...(requests ? this.#measureRequests(meter, servers, knownMethods) : []),
    ];
    this.#observe(meter, counts);
    if (eventLoop) this.#measureEventLoop(meter);
  }

  stop(): void {
    for (const stop of this.#stops) guarded(stop)();
  }

  #measureRequests(meter: Meter, most: number, knownMethods: ReadonlySet<string>): Listeners[] {
    const servers = new Servers(most);
    const requests = new RequestMetrics(meter, servers, knownMethods);
    const connections = new ConnectionMetrics(meter, servers);
    this.#stops.push(
      () => requests.stop(),
      () => connections.stop(),
    );
    return [requests.listeners, connections.listeners];
  }

  #measureEventLoop(meter: Meter): void {
    const eventLoop = new EventLoop(meter);
    this.#observe(meter, eventLoop);
    this.#stops.push(() => eventLoop.stop());
  }

  #observe(meter: Meter, part: Observed): void {
    const { instruments } = part;
    const observe = guarded<[BatchObservableResult]>((result) => part.observe(result));
    meter.addBatchObservableCallback(observe, instruments);
    this.#stops.push(() => meter.removeBatchObservableCallback(observe, instruments));
  }
}
