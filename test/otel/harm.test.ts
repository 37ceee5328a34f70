import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, it } from "node:test";
import { type DiagLogger, diag, metrics, propagation, trace } from "@opentelemetry/api";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { CHANNELS } from "../../host/network/call/diagnostics.ts";
import { startTelemetry } from "../../host/otel/index.ts";
import { RUN_CHANNELS } from "../../host/script/run/run-events.ts";
import { OK, type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";
import { Sdk } from "../support/telemetry.ts";

const ALL = [...Object.values(CHANNELS), ...Object.values(RUN_CHANNELS)].map(({ name }) => name);

const SILENT: DiagLogger = { error() {}, warn() {}, info() {}, debug() {}, verbose() {} };

/** An object each of whose methods throws, but those that make more of them. */
function throwing(makers: readonly string[]): never {
  return new Proxy(
    {},
    {
      get: (_, name) => () => {
        if (makers.includes(String(name))) return throwing(makers);
        throw new Error(`thrown by ${String(name)}`);
      },
    },
  ) as never;
}

describe("telemetry that fails", () => {
  let http: HttpBackground;
  let server: ScriptedServer;
  let errors: string[];
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): void => void uncaught.push(error);

  beforeEach(async () => {
    errors = [];
    uncaught.length = 0;
    process.on("uncaughtException", onUncaught);
    server = await startScriptedServer([
      OK,
      { send: "HTTP/1.1 302 X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n" },
    ]);
    http = await createHttpBackground({ threads: [{ id: "default" }] });
  });
  afterEach(async () => {
    process.off("uncaughtException", onUncaught);
    diag.disable();
    propagation.disable();
    await http.destroy();
    await server.close();
  });

  async function assertUnharmed(): Promise<void> {
    for (let index = 0; index < 2; index++) {
      const { status } = await http.http_background("default", server.base, { redirects: 1 });
      assert.equal(status, 200);
    }
    // What a subscriber throws comes a tick later.
    await new Promise(setImmediate);
    assert.deepEqual(uncaught, []);
  }

  it("harms no call, and is told to the logger of OpenTelemetry", async () => {
    diag.setLogger({ ...SILENT, error: (_, error) => void errors.push(String(error)) });
    const makers = [
      "getTracer",
      "startSpan",
      "getMeter",
      "createHistogram",
      "createCounter",
      "createUpDownCounter",
    ];
    const observable = ["createObservableUpDownCounter", "createObservableGauge"];
    // A meter that cannot even begin is the caller's to know of.
    const made = [...makers, ...observable, "addBatchObservableCallback"];
    const telemetry = startTelemetry({ meterProvider: throwing(made), tracerProvider: throwing(made) });
    await assertUnharmed();
    telemetry.stop();
    for (const name of ["add", "setAttributes", "removeBatchObservableCallback"])
      assert.ok(errors.includes(`Error: thrown by ${name}`), name);
    await assertUnharmed();
  });

  it("harms no call, even if the logger throws as well", async () => {
    diag.setLogger({
      ...SILENT,
      error() {
        throw new Error("thrown by the logger");
      },
    });
    const telemetry = startTelemetry({ metrics: false, tracerProvider: throwing(["getTracer"]) });
    await assertUnharmed();
    telemetry.stop();
  });

  it("harms no call, if a propagator writes what is no header", async () => {
    const sdk = new Sdk();
    sdk.start({ metrics: false });
    propagation.setGlobalPropagator({
      inject: (_, carrier, setter) => setter.set(carrier, "traceparent", "a\r\nb: c"),
      extract: (context) => context,
      fields: () => ["traceparent"],
    });
    await assertUnharmed();
    assert.equal(sdk.named("GET").length, 3);
    assert.ok(server.requests.every(({ headers }) => headers.every(([name]) => name !== "b")));
    await sdk.stop();
  });

  it("harms no call, if no SDK is there", async () => {
    trace.disable();
    metrics.disable();
    const telemetry = startTelemetry();
    telemetry.watch(http);
    await assertUnharmed();
    telemetry.stop();
  });

  it("begins when an SDK is there, also after it was started", async () => {
    trace.disable();
    metrics.disable();
    const telemetry = startTelemetry({ eventLoop: false });
    const stopWatching = telemetry.watch(http);
    await assertUnharmed();
    const sdk = new Sdk();
    trace.setGlobalTracerProvider(sdk.tracerProvider);
    metrics.setGlobalMeterProvider(sdk.meterProvider);
    await assertUnharmed();
    const requests = await sdk.points("http.client.request.duration");
    assert.equal(
      requests.reduce((sum, [, count]) => sum + count, 0),
      sdk.named("GET").length,
    );
    assert.equal((await sdk.points("http_background.calls")).length, 2);
    stopWatching();
    telemetry.stop();
    const { length } = sdk.spans;
    await assertUnharmed();
    assert.equal(sdk.spans.length, length);
    trace.disable();
    metrics.disable();
    await sdk.stop();
  });

  it("still collects what it can", async () => {
    const sdk = new Sdk();
    const telemetry = sdk.start({ spans: false });
    const bad = {
      http_background: http.http_background,
      stats() {
        throw new Error("no counts");
      },
    };
    telemetry.watch(bad);
    telemetry.watch(http);
    assert.equal((await sdk.points("http_background.calls")).length, 2);
    await sdk.stop();
  });

  it("costs nothing before it starts and after it ends: nobody listens", () => {
    const heard = () => ALL.filter((name) => diagnostics.hasSubscribers(name));
    assert.deepEqual(heard(), []);
    const telemetry = startTelemetry();
    assert.notDeepEqual(heard(), []);
    telemetry.stop();
    assert.deepEqual(heard(), []);
  });

  it("keeps nothing of what has ended", async () => {
    const sdk = new Sdk();
    sdk.start();
    await assertUnharmed();
    const { length } = sdk.spans;
    sdk.telemetry?.stop();
    assert.equal(sdk.spans.length, length);
    await sdk.stop();
  });
});
