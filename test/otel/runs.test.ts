import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { context, propagation, trace } from "@opentelemetry/api";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import type { AllowRule } from "../../host/api/rules.ts";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import {
  createScriptRuntime,
  type ScriptRuntime,
  type ScriptRuntimeOptions,
} from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { headerOf } from "../support/raw-request.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript, call } from "../support/script-wat.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";
import { Sdk } from "../support/telemetry.ts";

const CONFIG = { threads: [{ id: "default" }] };
const FORGED = {
  headers: ["traceparent: 00-00000000000000000000000000000bad-0000000000000bad-01", "Baggage: a=b"],
};

describe("what is told of runs", () => {
  let sdk: Sdk;
  let http: HttpBackground;
  let server: ScriptedServer;
  let runtime: ScriptRuntime;

  beforeEach(async () => {
    Sdk.register();
    sdk = new Sdk();
    http = await createHttpBackground(CONFIG);
    server = await startScriptedServer();
  });
  afterEach(async () => {
    await runtime.destroy();
    await http.destroy();
    await server.close();
    await sdk.stop();
    Sdk.unregister();
  });

  function start(allow: (string | AllowRule)[], options: Partial<ScriptRuntimeOptions> = {}): void {
    runtime = createScriptRuntime({ http, allow, workers: 0, ...options });
  }

  /** Runs a script that makes these calls. */
  async function run(calls: unknown[][], options: object = {}) {
    const data = Object.fromEntries(calls.map((args, index) => [`call_${index}`, args]));
    const body = Object.keys(data).map((name) => `(drop ${call(name)})`);
    const wasm = assembleScript({ body: `(func (export "main") ${body.join(" ")})`, data });
    const script = await runtime.load(wasm, { name: "hook" });
    return script.run("main", options);
  }

  const parentOf = (span: ReadableSpan | undefined) => span?.parentSpanContext?.spanId;
  const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;

  it("is a span of the run, which is the parent of its calls", async () => {
    sdk.start({ metrics: false });
    start([server.base]);
    const outer = sdk.tracerProvider.getTracer("application").startSpan("outer");
    const running = context.with(trace.setSpan(context.active(), outer), () =>
      run(
        [
          ["default", `${server.base}/a`],
          ["default", `${server.base}/b`],
        ],
        { tenant: "acme" },
      ),
    );
    await running;
    const [own] = sdk.named("http_background run");
    const calls = sdk.named("http_background call");
    const hops = sdk.named("GET");
    assert.equal(parentOf(own), outer.spanContext().spanId);
    assert.deepEqual(calls.map(parentOf), [idOf(own), idOf(own)]);
    assert.deepEqual(hops.map(parentOf), calls.map(idOf));
    const number = own?.attributes["http_background.run"];
    assert.deepEqual(own?.attributes, {
      "http_background.run": number,
      "http_background.script": "hook",
      "http_background.entry": "main",
      "http_background.tenant": "acme",
      "http_background.outcome": "completed",
    });
    for (const { attributes } of [...calls, ...hops]) {
      assert.equal(attributes["http_background.run"], number);
      assert.equal(attributes["http_background.tenant"], "acme");
    }
    assert.equal(hops[0]?.attributes["http_background.rule"], server.base);
  });

  it("never lets a script write a trace of its own, and lets that of the host out where a rule says so", async () => {
    propagation.disable();
    const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
    propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
    sdk.start({ metrics: false });
    start([server.base]);
    const baggage = propagation.createBaggage({ inner: { value: "s3cr3t" } });
    const inside = propagation.setBaggage(context.active(), baggage);
    await context.with(inside, () => run([["default", server.base, FORGED]]));
    await runtime.destroy();
    start([{ origin: server.base, trace: true }]);
    await context.with(inside, () => run([["default", server.base, FORGED]]));
    await context.with(inside, () => http.http_background("default", server.base));
    const told = server.requests.map((one) => [headerOf(one, "traceparent"), headerOf(one, "baggage")]);
    const [, second, third] = sdk.named("GET").map((span) => {
      const { traceId, spanId } = span.spanContext();
      return `00-${traceId}-${spanId}-01`;
    });
    assert.deepEqual(told, [
      [undefined, undefined],
      [second, undefined],
      [third, "inner=s3cr3t"],
    ]);
  });

  it("has one series for all hosts that a rule allows", async () => {
    sdk.start({ spans: false });
    // The proxy answers for every host.
    await http.destroy();
    http = await createHttpBackground(CONFIG, { env: { http_proxy: server.base } });
    start(["http://*.example:*", "http://a.test"], { environmentProxy: true });
    const urls = [1, 2, 3].map((port) => `http://${port}.example:${port}/`);
    await run([...urls, "http://a.test/"].map((url) => ["default", url]));
    const named = { "server.address": "*.example", "url.scheme": "http" };
    const exact = { "server.address": "a.test", "server.port": 80, "url.scheme": "http" };
    const ended = {
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "network.protocol.version": "1.1",
    };
    assert.deepEqual(await sdk.points("http.client.request.duration"), [
      [{ ...named, ...ended }, 3],
      [{ ...exact, ...ended }, 1],
    ]);
    const points = (await sdk.points("http.client.open_connections")) as [Record<string, unknown>, number][];
    // It has one connection, which was opened for the first of them.
    const told = new Set(points.map(([attributes]) => attributes["server.address"]));
    assert.deepEqual(told, new Set(["*.example"]));
  });

  it("counts denials by rule, in words that a script cannot choose", async () => {
    sdk.start({ spans: false });
    const rule = { origin: server.base, paths: ["/v1/*"], decide: () => `no ${Math.random()}` as never };
    start([rule]);
    const to = (url: string, headers: string[] = []) => ["default", url, { headers }];
    await run([
      to("http://a.example/"),
      to("http://b.example/"),
      to(server.base),
      to(`${server.base}/v1/a`),
      to(`${server.base}/v1/b`),
      to(`${server.base}/v1/b`, ["X-Rewrite-URL: /"]),
      to(`${server.base}/v1/b`, ["x_rewrite_url: /"]),
      to(`${server.base}/v1/b`, ["x.rewrite!url: /"]),
    ]);
    const points = (await sdk.points("http_background.denials")) as [Record<string, unknown>, number][];
    const counts = points.map(([attributes, count]) => [attributes["http_background.rule"], count]);
    assert.deepEqual(counts, [
      ["default deny", 2],
      ["default path", 1],
      ["decide", 2],
      ["closed x-rewrite-url", 3],
    ]);
  });

  it("does not tell the rules of a run one by one", async () => {
    sdk.start({ spans: false });
    start([server.base]);
    for (const tenant of ["a", "b"])
      await run([["default", server.base]], { block: [`${tenant}.example`, "127.0.0.1"], tenant });
    const points = (await sdk.points("http_background.denials")) as [Record<string, unknown>, number][];
    assert.deepEqual(
      points.map(([attributes, count]) => [attributes["http_background.rule"], count]),
      [["run: block", 2]],
    );
  });

  it("counts runs by how they ended, and their CPU", async () => {
    sdk.start({ spans: false });
    start([], { limits: { computeMs: 20 } });
    const load = (code: string) => runtime.load(assembleScript({ body: `(func (export "main") ${code})` }));
    await (await load("")).run();
    const { usage } = await failureOf((await load("(loop (br 0))")).run());
    const controller = new AbortController();
    const aborted = failureOf((await load("(loop (br 0))")).run("main", { signal: controller.signal }));
    controller.abort();
    await aborted;
    const outcome = "http_background.outcome";
    assert.deepEqual(await sdk.points("http_background.run.duration"), [
      [{ [outcome]: "completed" }, 1],
      [{ [outcome]: "failed", "error.type": "COMPUTE_LIMIT" }, 1],
      [{ [outcome]: "cancelled" }, 1],
    ]);
    const points = new Map(
      (await sdk.points("http_background.run.cpu.time")).map(([at, s]) => [Object.values(at)[0], s]),
    );
    assert.equal(points.get("failed"), (usage?.cpuMs ?? Number.NaN) / 1000);
    assert.ok((points.get("failed") ?? 0) > 0.015);
  });

  it("is what is watched: runs that wait, and the bytes that they hold", async () => {
    const gate = await GateServer.start();
    const telemetry = sdk.start({ spans: false });
    start([gate.base], { limits: { concurrentRuns: 1 }, memory: 1 << 26 });
    const unwatch = telemetry.watch(runtime);
    const runs = [run([["default", gate.base]]), run([["default", gate.base]])];
    await gate.holds(1);
    const state = "http_background.state";
    assert.deepEqual(await sdk.points("http_background.runs"), [
      [{ [state]: "queued" }, 1],
      [{ [state]: "computing" }, 0],
      [{ [state]: "waiting" }, 1],
    ]);
    const stats = runtime.stats();
    assert.ok(stats.parkedBytes > 0);
    assert.deepEqual(await sdk.points("http_background.run.parked"), [[{}, stats.parkedBytes]]);
    assert.ok(stats.cpuMs > 0);
    assert.deepEqual(await sdk.points("http_background.run.cpu.pending"), [[{}, stats.cpuMs / 1000]]);
    assert.deepEqual(await sdk.points("http_background.memory.usage"), [[{}, stats.memoryBytes]]);
    assert.deepEqual(await sdk.points("http_background.memory.limit"), [[{}, 1 << 26]]);
    assert.deepEqual(await sdk.points("http_background.workers"), [[{}, 0]]);
    // Of several runtimes, the sum: but of their limits, the largest.
    const other = createScriptRuntime({ http, workers: 0, memory: 1 << 27 });
    telemetry.watch(other);
    assert.deepEqual(await sdk.points("http_background.memory.limit"), [[{}, 1 << 27]]);
    unwatch();
    assert.deepEqual(await sdk.points("http_background.run.parked"), [[{}, 0]]);
    await other.close();
    const queued = new Map(
      (await sdk.points("http_background.runs")).map(([at, count]) => [Object.values(at)[0], count]),
    );
    assert.equal(queued.get("queued"), 0);
    gate.stayOpen();
    await Promise.all(runs);
    await gate.close();
  });
});
