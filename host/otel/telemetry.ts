import { trace } from "@opentelemetry/api";
import { HopSpans } from "./hop-spans.ts";
import { guarded, type Listeners, listen } from "./listeners.ts";
import { Metering } from "./metering.ts";
import { SCOPE } from "./names.ts";
import { type ReadOptions, readTelemetryOptions, type TelemetryOptions } from "./options.ts";
import { Spans } from "./spans.ts";
import { checkWatched, type Watched } from "./watched-counts.ts";

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
  const metering = read.metrics ? new Metering(read) : undefined;
  const tracing = read.spans ? new Tracing(read) : undefined;
  const unlisten = listen(tracing?.listeners ?? []);
  return {
    watch(source) {
      checkWatched(source);
      return metering?.watch(source) ?? (() => {});
    },
    stop() {
      unlisten();
      metering?.stop();
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
