import assert from "node:assert/strict";
import type { ServerHttp2Stream } from "node:http2";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { Histogram } from "@opentelemetry/sdk-metrics";
import * as stable from "@opentelemetry/semantic-conventions";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { ATTRIBUTES, METRICS } from "../../host/otel/names.ts";
import { burn } from "../support/burn.ts";
import { certificates } from "../support/certificates.ts";
import { GateServer } from "../support/gate-server.ts";
import { startHttp2Server } from "../support/http2-server.ts";
import { startScriptedServer } from "../support/scripted-server.ts";
import { DataPointType, Sdk } from "../support/telemetry.ts";

const CONFIG = { threads: [{ id: "default", max_total: 1 }] };

/** What the conventions say of each metric: the unit and the kind; of a histogram, its buckets. */
const CONVENTIONS = {
  [METRICS.requestDuration]: ["s", DataPointType.HISTOGRAM],
  [METRICS.activeRequests]: ["{request}", DataPointType.SUM],
  [METRICS.openConnections]: ["{connection}", DataPointType.SUM],
  [METRICS.connectionDuration]: ["s", DataPointType.HISTOGRAM],
} as const;
const BUCKETS = {
  [METRICS.requestDuration]: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  [METRICS.connectionDuration]: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
} as const;

describe("the metrics of requests and connections", () => {
  let sdk: Sdk;
  let http: HttpBackground;
  let gate: GateServer;

  beforeEach(async () => {
    gate = await GateServer.start();
    sdk = new Sdk();
    http = await createHttpBackground(CONFIG);
  });
  afterEach(async () => {
    await http.destroy();
    await gate.close();
    await sdk.stop();
  });

  const call = (url: string, options: object = {}) => http.http_background("default", url, options);
  const server = (url = gate.base) => ({
    "server.address": new URL(url).hostname,
    "server.port": Number(new URL(url).port),
    "url.scheme": "http",
  });
  /** Waits until this metric has that value for anything. Connections close a moment after their calls. */
  async function until(name: string, isRight: (points: [object, number][]) => boolean): Promise<void> {
    while (!isRight(await sdk.points(name))) await new Promise(setImmediate);
  }

  it("have the names of the conventions", () => {
    const known = new Set<unknown>([...Object.values(stable), ...Object.values(conventions)]);
    const { eventLoopDelay, ...others } = METRICS;
    const names = [...Object.values(ATTRIBUTES), ...Object.values(others), ...Object.values(eventLoopDelay)];
    assert.deepEqual(
      names.filter((name) => !known.has(name)),
      [],
    );
  });

  it("have their units, kinds and buckets", async () => {
    sdk.start({ spans: false });
    gate.stayOpen();
    await call(gate.base);
    await http.close();
    await until(METRICS.connectionDuration, (points) => points.length === 1);
    http = await createHttpBackground(CONFIG);
    await call(gate.base);
    const metrics = await sdk.metrics();
    for (const [name, [unit, type]] of Object.entries(CONVENTIONS)) {
      const metric = metrics.get(name) ?? assert.fail(name);
      assert.deepEqual([metric.unit, metric.type], [unit, type], name);
    }
    for (const [name, buckets] of Object.entries(BUCKETS)) {
      const [point = assert.fail(name)] = metrics.get(name)?.points ?? [];
      const { boundaries } = (point.value as Histogram).buckets;
      assert.deepEqual(boundaries, [...buckets], name);
    }
  });

  it("tell how long requests took, and how they ended", async () => {
    sdk.start({ spans: false });
    gate.stayOpen();
    const method = "http.request.method";
    await call(gate.base);
    await call(gate.base, { method: "PURGE" });
    await call("http://127.0.0.1:1/");
    assert.deepEqual(await sdk.points(METRICS.requestDuration), [
      [
        {
          [method]: "GET",
          ...server(),
          "http.response.status_code": 200,
          "network.protocol.version": "1.1",
        },
        1,
      ],
      [
        {
          [method]: "_OTHER",
          ...server(),
          "http.response.status_code": 200,
          "network.protocol.version": "1.1",
        },
        1,
      ],
      [{ [method]: "GET", ...server("http://127.0.0.1:1"), "error.type": "COULDNT_CONNECT" }, 1],
    ]);
    const [, , failed = assert.fail()] = (await sdk.metrics()).get(METRICS.requestDuration)?.points ?? [];
    const { sum = Number.NaN } = failed.value as Histogram;
    assert.ok(sum > 0 && sum < 60, `${sum} seconds`);
  });

  it("tell what goes on now, and how long it waited", async () => {
    sdk.start({ spans: false }).watch(http);
    const calls = [call(gate.base), call(gate.base)];
    await gate.holds(1);
    const version = { "network.protocol.version": "1.1" };
    const active = { "http.request.method": "GET", ...server() };
    assert.deepEqual(await sdk.points(METRICS.activeRequests), [[active, 2]]);
    const open = { ...server(), ...version };
    const state = "http.connection.state";
    assert.deepEqual(await sdk.points(METRICS.openConnections), [
      [{ ...open, [state]: "idle" }, 0],
      [{ ...open, [state]: "active" }, 1],
    ]);
    const ofCalls = (name: string) => ({
      "http_background.thread": "default",
      "http_background.state": name,
    });
    assert.deepEqual(await sdk.points("http_background.calls"), [
      [ofCalls("queued"), 1],
      [ofCalls("active"), 1],
    ]);
    gate.stayOpen();
    await Promise.all(calls);
    assert.deepEqual(await sdk.points(METRICS.activeRequests), [[active, 0]]);
    const openNow = (idle: number) => [
      [{ ...open, [state]: "idle" }, idle],
      [{ ...open, [state]: "active" }, 0],
    ];
    assert.deepEqual(await sdk.points(METRICS.openConnections), openNow(1));
    assert.deepEqual(await sdk.points("http_background.request.time_in_queue"), [
      [{ "http_background.thread": "default" }, 1],
    ]);
    await http.close();
    await until(METRICS.connectionDuration, ({ length }) => length === 1);
    assert.deepEqual(await sdk.points(METRICS.openConnections), openNow(0));
    assert.deepEqual(await sdk.points(METRICS.connectionDuration), [[open, 1]]);
  });

  it("know HTTP/2: several requests, and one connection", async () => {
    sdk.start({ spans: false });
    const held: ServerHttp2Stream[] = [];
    const two = await startHttp2Server((stream) => void held.push(stream));
    const secure = await createHttpBackground(CONFIG, { ca: certificates().authority.cert });
    const calls = [0, 1, 2].map(() => secure.http_background("default", two.base));
    while (held.length < 3) await new Promise(setImmediate);
    const of = { "server.address": "127.0.0.1", "server.port": two.port, "url.scheme": "https" };
    const version = { "network.protocol.version": "2" };
    const openNow = (active: number) => [
      [{ ...of, ...version, "http.connection.state": "idle" }, 1 - active],
      [{ ...of, ...version, "http.connection.state": "active" }, active],
    ];
    assert.deepEqual(await sdk.points(METRICS.openConnections), openNow(1));
    for (const stream of held) {
      stream.respond({ ":status": 204 });
      stream.end();
    }
    await Promise.all(calls);
    assert.deepEqual(await sdk.points(METRICS.openConnections), openNow(0));
    assert.deepEqual(await sdk.points(METRICS.requestDuration), [
      [{ "http.request.method": "GET", ...of, "http.response.status_code": 204, ...version }, 3],
    ]);
    await secure.close();
    await two.close();
  });

  it("tell apart no more servers than they may", async () => {
    const others = await Promise.all([0, 1, 2].map(() => GateServer.start()));
    sdk.start({ spans: false, servers: 2 });
    for (const { base } of [...others, others[0] ?? assert.fail()]) {
      const calling = call(base);
      const other = others.find((one) => one.base === base);
      await other?.holds(1);
      other?.open();
      await calling;
    }
    const told = (await sdk.points(METRICS.requestDuration)).map(([attributes, count]) => {
      const { "server.address": address, "server.port": port } = attributes as Record<string, unknown>;
      return [address, port, count];
    });
    const ports = others.map(({ base }) => Number(new URL(base).port));
    assert.deepEqual(told, [
      ["127.0.0.1", ports[0], 2],
      ["127.0.0.1", ports[1], 1],
      ["_OTHER", undefined, 1],
    ]);
    for (const other of others) await other.close();
  });

  it("leave half of the servers to those that are called, wherever they redirect to", async () => {
    const targets = await Promise.all([0, 1, 2].map(() => startScriptedServer()));
    const hops = targets.map(({ base }) => ({
      send: `HTTP/1.1 302 X\r\nLocation: ${base}\r\nContent-Length: 0\r\n\r\n`,
    }));
    const redirecting = await startScriptedServer(hops);
    sdk.start({ spans: false, servers: 3 });
    for (const _ of targets) await call(redirecting.base, { redirects: 1 });
    await call(targets[2]?.base ?? assert.fail());
    const told = (await sdk.points(METRICS.requestDuration)).map(([attributes, count]) => [
      (attributes as Record<string, unknown>)["server.port"],
      count,
    ]);
    assert.deepEqual(told, [
      [redirecting.port, 3],
      [targets[0]?.port, 1],
      [undefined, 2],
      [targets[2]?.port, 1],
    ]);
    for (const server of [redirecting, ...targets]) await server.close();
  });

  it("tell apart only some kinds of requests to one server, whatever it answers", async () => {
    const statuses = Array.from({ length: 60 }, (_, index) => 400 + index);
    const varied = await startScriptedServer(
      statuses.map((status) => ({ send: `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n` })),
    );
    sdk.start({ spans: false });
    for (const _ of statuses) await call(varied.base);
    const points = await sdk.points(METRICS.requestDuration);
    assert.equal(points.length, 51);
    const [attributes, count] = points.at(-1) ?? assert.fail();
    assert.deepEqual(attributes, {
      "http.request.method": "_OTHER",
      ...server(varied.base),
      "http.response.status_code": 400,
      "error.type": "400",
      "network.protocol.version": "1.1",
    });
    assert.equal(count, 10);
    await varied.close();
  });

  it("count what goes on no longer when they end", async () => {
    const telemetry = sdk.start({ spans: false });
    const calling = call(gate.base);
    await gate.holds(1);
    telemetry.stop();
    for (const name of [METRICS.activeRequests, METRICS.openConnections]) {
      const values = (await sdk.points(name)).map(([, value]) => value);
      assert.deepEqual(new Set(values), new Set([0]), name);
    }
    gate.stayOpen();
    await calling;
    assert.deepEqual(await sdk.points(METRICS.requestDuration), []);
  });

  it("tell of the leases of a fleet", async () => {
    const { http_background } = http;
    const counts = { leases: 3, wanted: 2, processes: 4, maxTotal: 8, maxHost: 0 };
    const fleet = { state: "joined", reason: null, ...counts } as const;
    const thread = { queued: 0, active: 0, idle: 0, http2: 0, completed: 0, failed: 0 };
    sdk.start({ spans: false }).watch({ http_background, stats: () => ({ t: { ...thread, fleet } }) });
    const of = { "http_background.thread": "t" };
    assert.deepEqual(await sdk.points("http_background.fleet.leases"), [
      [{ ...of, "http_background.state": "held" }, 3],
      [{ ...of, "http_background.state": "wanted" }, 2],
    ]);
    assert.deepEqual(await sdk.points("http_background.fleet.processes"), [[of, 4]]);
    assert.deepEqual(await sdk.points("http_background.fleet.joined"), [[of, 1]]);
  });

  it("are left to another instrumentation if it does them", async () => {
    sdk.start({ requests: false });
    gate.stayOpen();
    await call(gate.base);
    const names = [...(await sdk.metrics()).keys()];
    assert.deepEqual(
      names.filter((name) => name.startsWith("http.client")),
      [],
    );
    assert.deepEqual(
      sdk.spans.map(({ name }) => name),
      ["http_background call"],
    );
  });

  it("know the methods that they are told", async () => {
    process.env.OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS = " PURGE,GET ";
    sdk.start({ metrics: false });
    delete process.env.OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS;
    gate.stayOpen();
    for (const method of ["GET", "PURGE", "POST"]) await call(gate.base, { method });
    sdk.telemetry?.stop();
    sdk.start({ metrics: false, knownMethods: ["POST"] });
    for (const method of ["GET", "POST"]) await call(gate.base, { method });
    const names = sdk.spans.map(({ name }) => name).filter((name) => !name.endsWith("call"));
    assert.deepEqual(names, ["GET", "PURGE", "HTTP", "HTTP", "POST"]);
  });

  it("tell how late the event loop was", async () => {
    sdk.start({ spans: false, eventLoop: true });
    const { max, p99 } = METRICS.eventLoopDelay;
    await until(max, ({ length }) => length > 0);
    // Counting begins with the next measurement.
    await new Promise((resolve) => setTimeout(resolve, 50));
    burn(100);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const metrics = await sdk.metrics();
    for (const name of [max, p99]) {
      const value = metrics.get(name)?.points[0]?.value;
      assert.ok(typeof value === "number" && value >= 0.09 && value < 60, `${name}: ${value}`);
    }
  });
});

describe("the options of telemetry", () => {
  const refused: [option: string, value: unknown][] = [
    ["servers", -1],
    ["servers", 10_001],
    ["servers", 1.5],
    ["servers", "5"],
    ["spans", "false"],
    ["metrics", 1],
    ["requests", null],
    ["eventLoop", "no"],
    ["meterProvider", {}],
    ["tracerProvider", null],
    ["knownMethods", "GET"],
    ["knownMethods", [""]],
    ["spanz", true],
  ];
  for (const [option, value] of refused) {
    it(`are refused if they are wrong: ${option} = ${JSON.stringify(value)}`, () => {
      assert.throws(() => new Sdk().start({ [option]: value }), { code: "BAD_CONFIG", option });
    });
  }

  it("may be at their limits", () => {
    for (const servers of [0, 10_000]) new Sdk().start({ servers }).stop();
  });

  it("do not include things to watch that have no counts", () => {
    const telemetry = new Sdk().start();
    for (const wrong of [null, undefined, {}, { stats() {} }, "http"]) {
      assert.throws(() => telemetry.watch(wrong as never), { code: "BAD_ARGUMENT", option: "source" });
    }
    telemetry.stop();
  });
});
