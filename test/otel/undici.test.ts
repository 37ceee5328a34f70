import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { SpanKind } from "@opentelemetry/api";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import type { Histogram } from "@opentelemetry/sdk-metrics";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { isOwnRequest, type TelemetryOptions } from "../../host/otel/index.ts";
import { headerOf } from "../support/raw-request.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";
import { Sdk } from "../support/telemetry.ts";

describe("telemetry beside undici's instrumentation", () => {
  let sdk: Sdk;
  let http: HttpBackground;
  let server: ScriptedServer;
  let undici: UndiciInstrumentation;

  beforeEach(async () => {
    Sdk.register();
    sdk = new Sdk();
    http = await createHttpBackground({ threads: [{ id: "default" }] });
    server = await startScriptedServer();
  });
  afterEach(async () => {
    undici.disable();
    await http.destroy();
    await server.close();
    await sdk.stop();
    Sdk.unregister();
  });

  /** What instruments the same two calls of ours, and one of `fetch`. */
  async function instrument(
    options: TelemetryOptions,
    config: ConstructorParameters<typeof UndiciInstrumentation>[0],
  ) {
    sdk.start(options);
    undici = new UndiciInstrumentation(config);
    undici.setTracerProvider(sdk.tracerProvider);
    undici.setMeterProvider(sdk.meterProvider);
    for (let index = 0; index < 2; index++) await http.http_background("default", server.base);
    await (await fetch(server.base)).text();
    const clients = sdk.spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    const spans = clients.map(({ instrumentationScope }) => instrumentationScope.name);
    const headers = server.requests.map(({ headers }) => headers.filter(([name]) => name === "traceparent"));
    const { resourceMetrics } = await sdk.reader.collect();
    const counts: Record<string, number> = {};
    for (const { scope, metrics } of resourceMetrics.scopeMetrics) {
      const metric = metrics.find(({ descriptor }) => descriptor.name === "http.client.request.duration");
      for (const { value } of metric?.dataPoints ?? []) counts[scope.name] = (value as Histogram).count;
    }
    return { spans, headers: headers.map(({ length }) => length), counts };
  }

  const OURS = "http-background";
  const THEIRS = "@opentelemetry/instrumentation-undici";

  it("counts twice, if nobody says otherwise", async () => {
    const { counts, headers } = await instrument({}, {});
    assert.deepEqual(counts, { [OURS]: 2, [THEIRS]: 3 });
    assert.deepEqual(headers, [2, 2, 1]);
  });

  it("counts once, if the other ignores our requests", async () => {
    const { spans, counts, headers } = await instrument({}, { ignoreRequestHook: isOwnRequest });
    assert.deepEqual(counts, { [OURS]: 2, [THEIRS]: 1 });
    assert.deepEqual(spans, [OURS, OURS, THEIRS]);
    assert.deepEqual(headers, [1, 1, 1]);
    const [own] = sdk.named("GET");
    assert.ok(
      headerOf(server.requests[0] ?? assert.fail(), "traceparent")?.includes(
        own?.spanContext().spanId ?? "?",
      ),
    );
  });

  for (const method of ["GET", "PURGE"])
    it(`says of a ${method} what the other says, but for the query`, async () => {
      sdk.start();
      undici = new UndiciInstrumentation();
      undici.setTracerProvider(sdk.tracerProvider);
      undici.setMeterProvider(sdk.meterProvider);
      await http.http_background("default", `${server.base}/a?key=secret`, { method });
      const spanOf = (scope: string) =>
        sdk.spans.find(
          ({ kind, instrumentationScope }) => kind === SpanKind.CLIENT && instrumentationScope.name === scope,
        );
      const [ours = assert.fail(), theirs = assert.fail()] = [spanOf(OURS), spanOf(THEIRS)];
      const { "http_background.connection": connection, ...told } = ours.attributes;
      const { "url.path": path, "url.query": query, ...known } = theirs.attributes;
      // It is only for methods that are told as another one.
      if (method === "GET") delete known["http.request.method_original"];
      assert.deepEqual([typeof connection, path, query], ["number", "/a", "?key=secret"]);
      assert.deepEqual(told, { ...known, "url.full": `${server.base}/a` });
      assert.deepEqual([ours.name, ours.status], [theirs.name, theirs.status]);
      const points = new Map<string, object[]>();
      for (const { scope, metrics } of (await sdk.reader.collect()).resourceMetrics.scopeMetrics) {
        const metric = metrics.find(({ descriptor }) => descriptor.name === "http.client.request.duration");
        const histograms = metric?.dataPoints ?? [];
        points.set(
          scope.name,
          histograms.map(({ attributes, value }) => [attributes, (value as Histogram).buckets.boundaries]),
        );
      }
      assert.equal(points.get(OURS)?.length, 1);
      assert.deepEqual(points.get(OURS), points.get(THEIRS));
    });

  it("counts once, if we leave requests to the other", async () => {
    const { spans, counts, headers } = await instrument({ requests: false }, {});
    assert.deepEqual(counts, { [THEIRS]: 3 });
    assert.deepEqual(spans, [THEIRS, THEIRS, THEIRS]);
    assert.deepEqual(headers, [1, 1, 1]);
  });
});
