import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { context, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace-base";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { headerOf, type RawRequest } from "../support/raw-request.ts";
import {
  OK,
  type ScriptedServer,
  type ServerEntry,
  startScriptedServer,
} from "../support/scripted-server.ts";
import { Sdk } from "../support/telemetry.ts";

const { ERROR, UNSET } = SpanStatusCode;
const CONFIG = { threads: [{ id: "default" }] };
const answer = (status: number, more = ""): ServerEntry => ({
  send: `HTTP/1.1 ${status} X\r\n${more}Content-Length: 0\r\n\r\n`,
});

/** What `traceparent` of a request says. */
function traceOf(request: RawRequest | undefined): string[] {
  const [, traceId = "", spanId = ""] = (headerOf(request ?? assert.fail(), "traceparent") ?? "").split("-");
  return [traceId, spanId];
}

const idsOf = (span: ReadableSpan | undefined) => {
  const { traceId, spanId } = (span ?? assert.fail()).spanContext();
  return [traceId, spanId];
};

describe("the spans of a call", () => {
  let sdk: Sdk;
  let http: HttpBackground;
  let server: ScriptedServer;

  beforeEach(async () => {
    Sdk.register();
    sdk = new Sdk();
    sdk.start({ metrics: false });
    http = await createHttpBackground(CONFIG);
  });
  afterEach(async () => {
    await http.destroy();
    await server.close();
    await sdk.stop();
    Sdk.unregister();
  });

  const call = (url: string, options: object = {}, settings = {}) =>
    http.http_background("default", url, options, undefined, settings);

  it("are one of the call, and one of its hop below it, below that of the application", async () => {
    server = await startScriptedServer();
    const tracer = sdk.tracerProvider.getTracer("application");
    const outer = tracer.startSpan("outer");
    await context.with(trace.setSpan(context.active(), outer), () => call(`${server.base}/a/b`));
    outer.end();
    const [hop = assert.fail(), own = assert.fail(), application] = sdk.spans;
    assert.deepEqual([hop.name, own.name, application?.name], ["GET", "http_background call", "outer"]);
    assert.deepEqual([hop.kind, own.kind], [SpanKind.CLIENT, SpanKind.INTERNAL]);
    assert.equal(own.parentSpanContext?.spanId, outer.spanContext().spanId);
    assert.equal(hop.parentSpanContext?.spanId, own.spanContext().spanId);
    const { "http_background.connection": connection, ...attributes } = hop.attributes;
    assert.ok(Number(connection) > 0);
    assert.deepEqual(attributes, {
      "http.request.method": "GET",
      "http.response.status_code": 200,
      "network.peer.address": "127.0.0.1",
      "network.peer.port": server.port,
      "network.protocol.version": "1.1",
      "server.address": "127.0.0.1",
      "server.port": server.port,
      "url.full": `${server.base}/a/b`,
      "url.scheme": "http",
    });
    const { "http_background.call": number, ...ofCall } = own.attributes;
    assert.ok(Number(number) > 0);
    assert.deepEqual(ofCall, {
      "http.response.status_code": 200,
      "http_background.outcome": "completed",
      "http_background.thread": "default",
    });
    assert.deepEqual([hop.status.code, own.status.code], [UNSET, UNSET]);
    assert.deepEqual(traceOf(server.requests[0]), idsOf(hop));
  });

  it("have one hop for each time that something is sent, each with its own trace header", async () => {
    server = await startScriptedServer([OK, answer(302, "Location: /b\r\n"), { send: "", end: true }, OK]);
    await call(server.base);
    await call(`${server.base}/a`, { redirects: 1 });
    const hops = sdk.named("GET").slice(1);
    const shown = hops.map(({ attributes, status }) => [
      attributes["http.request.resend_count"],
      attributes["http.response.status_code"] ?? attributes["error.type"],
      status.code,
    ]);
    assert.deepEqual(shown, [
      [undefined, 302, UNSET],
      [1, "GOT_NOTHING", ERROR],
      [2, 200, UNSET],
    ]);
    assert.deepEqual(server.requests.slice(1).map(traceOf), hops.map(idsOf));
    const [, own] = sdk.named("http_background");
    assert.deepEqual(new Set(hops.map((hop) => hop.parentSpanContext?.spanId)), new Set([idsOf(own)[1]]));
  });

  it("are errors from the status 400 on", async () => {
    server = await startScriptedServer([answer(399), answer(400), answer(503)]);
    for (let index = 0; index < 3; index++) await call(server.base);
    const ends = sdk.spans.map(({ attributes, status }) => [attributes["error.type"], status.code]);
    assert.deepEqual(ends, [
      [undefined, UNSET],
      [undefined, UNSET],
      ["400", ERROR],
      ["400", ERROR],
      ["503", ERROR],
      ["503", ERROR],
    ]);
  });

  it("are errors with our code if there is no response", async () => {
    server = await startScriptedServer([{ send: "" }]);
    await call("http://127.0.0.1:1/");
    await call(server.base, {}, { timeoutMs: 20 });
    await call("nonsense://x/");
    const ends = sdk.spans.map(({ name, attributes, status }) => [
      name,
      attributes["error.type"],
      status.code,
    ]);
    assert.deepEqual(ends, [
      ["GET", "COULDNT_CONNECT", ERROR],
      ["http_background call", "COULDNT_CONNECT", ERROR],
      ["GET", "OPERATION_TIMEDOUT", ERROR],
      ["http_background call", "OPERATION_TIMEDOUT", ERROR],
      ["http_background call", "UNSUPPORTED_PROTOCOL", ERROR],
    ]);
  });

  it("are no errors if the caller has ended the call", async () => {
    server = await startScriptedServer([{ send: "" }]);
    await call(server.base, {}, { signal: AbortSignal.timeout(20) });
    const ends = sdk.spans.map(({ attributes, status }) => [
      attributes["error.type"],
      attributes["http_background.outcome"],
      status.code,
    ]);
    assert.deepEqual(ends, [
      [undefined, undefined, UNSET],
      [undefined, "cancelled", UNSET],
    ]);
  });

  it("do not take a method for their name that nobody knows", async () => {
    server = await startScriptedServer();
    const long = "X".repeat(100);
    for (const method of ["get", "QUERY", long]) await call(server.base, { method });
    const hops = sdk.spans.filter(({ kind }) => kind === SpanKind.CLIENT);
    const shown = hops.map(({ name, attributes }) => [
      name,
      attributes["http.request.method"],
      attributes["http.request.method_original"],
    ]);
    assert.deepEqual(shown, [
      ["HTTP", "_OTHER", "get"],
      ["QUERY", "QUERY", undefined],
      ["HTTP", "_OTHER", "X".repeat(64)],
    ]);
  });

  it("have no credentials, no query, and not all of a long URL", async () => {
    server = await startScriptedServer();
    const base = server.base.replace("//", "//user:s3cr3t@");
    await call(`${base}/${"a".repeat(3000)}?token=s3cr3t#s3cr3t`);
    const [hop] = sdk.named("GET");
    assert.equal(String(hop?.attributes["url.full"]).length, 2048);
    const all = sdk.spans.flatMap(({ attributes, events }) => [attributes, events]);
    assert.ok(!JSON.stringify(all).includes("s3cr3t"));
  });

  it("say which rule has denied a request", async () => {
    server = await startScriptedServer();
    await using strict = await createHttpBackground(CONFIG, { policy: { allow: ["https://a.example"] } });
    await strict.http_background("default", server.base);
    const [own, ...others] = sdk.spans;
    assert.equal(others.length, 0);
    assert.deepEqual([own?.attributes["error.type"], own?.status.code], ["DENIED", ERROR]);
    assert.deepEqual(
      own?.events.map(({ name, attributes }) => [name, attributes]),
      [
        [
          "http_background denied",
          { "http_background.origin": server.base, "http_background.rule": "default deny" },
        ],
      ],
    );
  });

  it("end when nobody listens any more", async () => {
    server = await startScriptedServer([{ send: "" }]);
    const calling = call(server.base, {}, { timeoutMs: 50 });
    sdk.telemetry?.stop();
    assert.deepEqual(
      sdk.spans.map(({ name }) => name),
      ["GET", "http_background call"],
    );
    await calling;
    assert.equal(sdk.spans.length, 2);
  });
});
