import { type BatchObservableResult, type Meter, metrics, type Observable, trace } from "@opentelemetry/api";
import { ConnectionMetrics } from "./connection-metrics.ts";
import { EventLoop } from "./event-loop.ts";
import { HopSpans } from "./hop-spans.ts";
import { guarded, type Listeners, listen } from "./listeners.ts";
import { type ReadOptions, readTelemetryOptions, type TelemetryOptions } from "./options.ts";
import { OwnMetrics } from "./own-metrics.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { Servers } from "./servers.ts";
import { Spans } from "./spans.ts";
import { type Watched, WatchedCounts } from "./watched-counts.ts";

const SCOPE = "http-background";

/** What OpenTelemetry is told of this package, of all plugins and runtimes of the process. */
export interface Telemetry {
  /**
   * Reads the counts of a plugin or of a runtime whenever metrics are collected: calls, runs and their memory.
   *
   * @returns The function that ends this
   * @throws HttpBackgroundError BAD_ARGUMENT for anything else
   */
  watch(source: Watched): () => void;
  /** Ends everything. Spans that go on end now. */
  stop(): void;
}

/**
 * Tells OpenTelemetry of calls, connections and runs. Whatever OpenTelemetry throws is logged by its `diag`, and harms
 * nothing. To be called once, before the first call: what has begun before is not seen.
 *
 * @throws HttpBackgroundError BAD_CONFIG, which names the wrong option
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  const read = readTelemetryOptions(options);
  const measuring = read.metrics ? new Measuring(read) : undefined;
  const tracing = read.spans ? new Tracing(read) : undefined;
  const unlisten = listen([...(measuring?.listeners ?? []), ...(tracing?.listeners ?? [])]);
  return {
    watch: (source) => (measuring === undefined ? () => {} : measuring.watch(source)),
    stop() {
      unlisten();
      measuring?.stop();
      tracing?.stop();
    },
  };
}

class Tracing {
  readonly listeners: readonly Listeners[];
  readonly #parts: readonly [Spans, HopSpans?];

  constructor({ tracerProvider, requests, knownMethods }: ReadOptions) {
    const tracer = (tracerProvider ?? trace).getTracer(SCOPE);
    const spans = new Spans(tracer);
    this.#parts = requests ? [spans, new HopSpans(tracer, spans, knownMethods)] : [spans];
    this.listeners = this.#parts.map((part) => part?.listeners ?? {});
  }

  /** The inner spans first. */
  stop(): void {
    for (const part of this.#parts.toReversed()) guarded(() => part?.stop())();
  }
}

/** What is read when metrics are collected. */
interface Observed {
  readonly instruments: Observable[];
  observe(result: BatchObservableResult): void;
}

class Measuring {
  readonly listeners: readonly Listeners[];
  readonly #counts: WatchedCounts;
  readonly #stops: (() => void)[] = [];

  constructor({ meterProvider, requests, eventLoop, servers, knownMethods }: ReadOptions) {
    const meter = (meterProvider ?? metrics).getMeter(SCOPE);
    const own = new OwnMetrics(meter);
    this.#counts = new WatchedCounts(meter);
    this.listeners = [
      own.listeners,
      ...(requests ? this.#measureRequests(meter, servers, knownMethods) : []),
    ];
    this.#observe(meter, this.#counts);
    if (eventLoop) this.#measureEventLoop(meter);
  }

  watch(source: Watched): () => void {
    return this.#counts.watch(source);
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
