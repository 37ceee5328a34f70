import { context, propagation } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import {
  type DataPoint,
  DataPointType,
  type Histogram,
  MeterProvider,
  MetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { startTelemetry, type Telemetry, type TelemetryOptions } from "../../host/otel/index.ts";

class ReaderOnDemand extends MetricReader {
  protected async onForceFlush(): Promise<void> {}
  protected async onShutdown(): Promise<void> {}
}

type Point = DataPoint<number | Histogram>;

/** OpenTelemetry's own SDK, which keeps what it is told. */
export class Sdk {
  readonly exporter = new InMemorySpanExporter();
  readonly tracerProvider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(this.exporter)],
  });
  readonly reader = new ReaderOnDemand();
  readonly meterProvider = new MeterProvider({ readers: [this.reader] });
  telemetry: Telemetry | undefined;

  /** Registers what is global: the context, and how a trace is written into headers. */
  static register(): void {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  }

  static unregister(): void {
    context.disable();
    propagation.disable();
  }

  start(options: TelemetryOptions = {}): Telemetry {
    const { meterProvider, tracerProvider } = this;
    this.telemetry = startTelemetry({ meterProvider, tracerProvider, eventLoop: false, ...options });
    return this.telemetry;
  }

  async stop(): Promise<void> {
    this.telemetry?.stop();
    await this.tracerProvider.shutdown();
    await this.meterProvider.shutdown();
  }

  /** All spans that have ended, in order of their ends. */
  get spans(): ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  /** The spans whose names have this beginning. */
  named(name: string): ReadableSpan[] {
    return this.spans.filter((span) => span.name.startsWith(name));
  }

  /** All metrics at this moment, with their points. */
  async metrics(): Promise<Map<string, { unit: string; type: DataPointType; points: Point[] }>> {
    const { resourceMetrics, errors } = await this.reader.collect();
    if (errors.length > 0) throw errors[0];
    const all = resourceMetrics.scopeMetrics.flatMap(({ metrics }) => metrics);
    return new Map(
      all.map(({ descriptor, dataPointType, dataPoints }) => [
        descriptor.name,
        { unit: descriptor.unit, type: dataPointType, points: dataPoints as Point[] },
      ]),
    );
  }

  /** The points of one metric: its attributes, and its value; of a histogram, how many values it has. */
  async points(name: string): Promise<[attributes: object, value: number][]> {
    const points = (await this.metrics()).get(name)?.points ?? [];
    return points.map(({ attributes, value }) => [
      attributes,
      typeof value === "number" ? value : value.count,
    ]);
  }
}

export { DataPointType };
