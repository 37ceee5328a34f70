import type { MeterProvider, TracerProvider } from "@opentelemetry/api";
import { refuseUnknownOptions } from "../api/config.ts";
import { HttpBackgroundError } from "../api/errors.ts";

/** What is measured, and where it goes. */
export interface TelemetryOptions {
  /** Makes the metrics. @default the one that is registered with `@opentelemetry/api`, now or later */
  meterProvider?: MeterProvider | undefined;
  /** Makes the spans. @default the one that is registered with `@opentelemetry/api`, now or later */
  tracerProvider?: TracerProvider | undefined;
  /** Whether there are metrics. @default true */
  metrics?: boolean | undefined;
  /** Whether there are spans, and `traceparent` in requests where the policy lets it out. @default true */
  spans?: boolean | undefined;
  /**
   * Whether requests are told by the conventions for HTTP clients: the metrics `http.client.*`, a span for each hop, and
   * `traceparent`. With false, another instrumentation can do it without counting twice. @default true
   */
  requests?: boolean | undefined;
  /** Whether the lag of the event loop is measured, as `nodejs.eventloop.delay.*`. @default true */
  eventLoop?: boolean | undefined;
  /**
   * How many servers of the application's own calls metrics tell apart, from 0 to 10000; at most half of them by
   * redirects. What comes later is `_OTHER`. Servers of scripts are told as the rule that allows them. @default 100
   */
  servers?: number | undefined;
  /**
   * The methods that are told by their names. All others are `_OTHER`.
   * @default the variable OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS, or else those of RFC 9110, PATCH and QUERY
   */
  knownMethods?: readonly string[] | undefined;
}

/** The options, checked. */
export interface ReadOptions {
  readonly meterProvider: MeterProvider | undefined;
  readonly tracerProvider: TracerProvider | undefined;
  readonly metrics: boolean;
  readonly spans: boolean;
  readonly requests: boolean;
  readonly eventLoop: boolean;
  readonly servers: number;
  readonly knownMethods: ReadonlySet<string>;
}

const NAMES: readonly (keyof TelemetryOptions)[] = [
  "meterProvider",
  "tracerProvider",
  "metrics",
  "spans",
  "requests",
  "eventLoop",
  "servers",
  "knownMethods",
];
const DEFAULT_SERVERS = 100;
const MOST_SERVERS = 10_000;
const METHODS = "CONNECT DELETE GET HEAD OPTIONS PATCH POST PUT QUERY TRACE";

/** @throws HttpBackgroundError BAD_CONFIG, which names the wrong option */
export function readTelemetryOptions(options: TelemetryOptions): ReadOptions {
  refuseUnknownOptions(options, NAMES);
  const { meterProvider, tracerProvider, servers = DEFAULT_SERVERS } = options;
  if (meterProvider !== undefined && typeof meterProvider?.getMeter !== "function")
    refuse("meterProvider", "has no getMeter");
  if (tracerProvider !== undefined && typeof tracerProvider?.getTracer !== "function")
    refuse("tracerProvider", "has no getTracer");
  if (!Number.isInteger(servers) || servers < 0 || servers > MOST_SERVERS)
    refuse("servers", `must be a whole number from 0 to ${MOST_SERVERS}`);
  return {
    meterProvider,
    tracerProvider,
    metrics: readSwitch("metrics", options),
    spans: readSwitch("spans", options),
    requests: readSwitch("requests", options),
    eventLoop: readSwitch("eventLoop", options),
    servers,
    knownMethods: readMethods(options.knownMethods),
  };
}

function readSwitch(
  name: "metrics" | "spans" | "requests" | "eventLoop",
  options: TelemetryOptions,
): boolean {
  const value: unknown = options[name];
  if (value === undefined || typeof value === "boolean") return value ?? true;
  return refuse(name, "must be true or false");
}

function readMethods(given: unknown): ReadonlySet<string> {
  if (given === undefined) {
    const text = process.env.OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS?.replaceAll(",", " ") ?? "";
    return new Set((text.trim() || METHODS).split(" ").filter((name) => name !== ""));
  }
  if (Array.isArray(given) && given.every((name) => typeof name === "string" && name !== ""))
    return new Set(given as string[]);
  return refuse("knownMethods", "must be an array of methods");
}

function refuse(option: string, why: string): never {
  throw new HttpBackgroundError("BAD_CONFIG", `${option}: ${why}`, { option });
}
