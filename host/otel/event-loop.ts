import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import type { BatchObservableResult, Meter, Observable } from "@opentelemetry/api";
import { METRICS } from "./names.ts";

const RESOLUTION_MS = 10;
const NANOSECONDS = 1e9;

/** How each metric is read from the histogram, in nanoseconds. */
const READ: Readonly<Record<keyof typeof METRICS.eventLoopDelay, (delays: IntervalHistogram) => number>> = {
  min: ({ min }) => min,
  max: ({ max }) => max,
  mean: ({ mean }) => mean,
  p50: (delays) => delays.percentile(50),
  p90: (delays) => delays.percentile(90),
  p99: (delays) => delays.percentile(99),
};

/** The lag of the event loop since metrics were collected last. It keeps no process alive. */
export class EventLoop {
  readonly #delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #gauges: readonly (readonly [Observable, (delays: IntervalHistogram) => number])[];

  constructor(meter: Meter) {
    this.#gauges = Object.entries(READ).map(([name, read]) => {
      const metric = METRICS.eventLoopDelay[name as keyof typeof READ];
      return [
        meter.createObservableGauge(metric, { unit: "s", description: `Event loop delay: ${name}.` }),
        read,
      ];
    });
    this.#delays.enable();
  }

  get instruments(): Observable[] {
    return this.#gauges.map(([gauge]) => gauge);
  }

  observe(result: BatchObservableResult): void {
    // Without a measurement, the mean is no number and the minimum is enormous.
    if (this.#delays.count === 0) return;
    for (const [gauge, read] of this.#gauges) result.observe(gauge, read(this.#delays) / NANOSECONDS);
    this.#delays.reset();
  }

  stop(): void {
    this.#delays.disable();
  }
}
