import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { createReadStream } from "node:fs";
import { connect } from "node:net";
import { PassThrough, Readable } from "node:stream";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime } from "../../host/script/index.ts";
import { assembleScript, call } from "../support/script-wat.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

type Untyped = (...args: unknown[]) => Promise<{ status?: number; code?: string }>;

/** More listeners than Node accepts without a warning. */
const MANY = 15;

/** The number of listeners for each event of a stream, without those that Node adds when it makes the stream. */
function listenersOf(stream: Readable): string[] {
  return stream
    .eventNames()
    .filter((name) => typeof name === "string")
    .map((name) => `${String(name)}: ${stream.listenerCount(name)}`);
}

/** Streams that end, fail, wait and close in every way. */
const STREAMS: Readonly<Record<string, (port: number) => Readable>> = {
  "gives bytes": () => Readable.from([Buffer.from("a"), Buffer.from("b")]),
  "is a file": () => createReadStream(fileURLToPath(import.meta.url)),
  "is of no file": () => createReadStream("/nonexistent"),
  "is written to": () => new PassThrough().end("x") as unknown as PassThrough,
  "does not tell that it is closed": () => lastly(new Readable({ read() {}, emitClose: false })),
  "is not destroyed by itself": () => lastly(new Readable({ read() {}, autoDestroy: false })),
  fails: () =>
    new Readable({
      read() {
        this.destroy(new Error("broken"));
      },
    }),
  waits: () => new Readable({ read() {} }),
  "never ends": () =>
    new Readable({
      read() {
        this.push("x".repeat(1000));
      },
    }),
  "is destroyed": () => new Readable({ read() {} }).destroy(),
  "is a socket": (port) => connect(port, "127.0.0.1"),
};

function lastly(stream: Readable): Readable {
  stream.push("x");
  stream.push(null);
  return stream;
}

describe("what a caller gives has no listener of ours when its calls have ended", { timeout: 60_000 }, () => {
  let server: ScriptedServer;
  let http: HttpBackground;
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  before(async () => {
    server = await startScriptedServer();
    http = await createHttpBackground({ threads: [{ id: "t" }] });
    process.on("warning", onWarning);
  });
  after(async () => {
    process.off("warning", onWarning);
    await http.destroy();
    await server.close();
  });
  beforeEach(() => {
    warnings.length = 0;
  });
  afterEach(async () => {
    // Warnings come a moment later.
    await new Promise(setImmediate);
    const ours = warnings.filter(({ name }) => name === "MaxListenersExceededWarning");
    assert.deepEqual(ours, []);
  });

  const WRAPS: Readonly<Record<string, (data: unknown) => unknown>> = {
    alone: (data) => data,
    "in an array": (data) => [{ data }, { data: "x" }],
    "twice in an array": (data) => [{ data }, { data, encoder: "base64" }],
  };

  for (const [kind, make] of Object.entries(STREAMS)) {
    it(`a stream that ${kind}`, async () => {
      for (const [how, wrap] of Object.entries(WRAPS)) {
        const stream = make(server.port);
        const before = listenersOf(stream);
        const calls = Array.from({ length: MANY }, () =>
          (http.http_background as Untyped)("t", server.base, {}, wrap(stream), { timeoutMs: 100 }),
        );
        const wrong = (http.http_background as Untyped)("t", server.base, { timeout: "5" }, wrap(stream));
        await Promise.allSettled([...calls, wrong]);
        if (!stream.closed && stream.destroyed) await new Promise((resolve) => stream.once("close", resolve));
        for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
        assert.deepEqual(listenersOf(stream), before, how);
        stream.destroy();
      }
    });
  }

  it("a stream that is slow to close, but for its error", async () => {
    let close = (): void => {};
    const stream = new Readable({
      read() {},
      destroy(error, done) {
        close = () => done(error);
      },
    });
    await (http.http_background as Untyped)("t", server.base, {}, stream, { timeoutMs: 20 });
    assert.deepEqual(listenersOf(stream).sort(), ["close: 1", "error: 1"]);
    close();
    await new Promise((resolve) => stream.once("close", resolve));
    await new Promise(setImmediate);
    assert.deepEqual(listenersOf(stream), []);
  });

  it("a signal, of however many calls, threads, plugins, runs and runtimes", async () => {
    const { signal } = new AbortController();
    const plugins = await Promise.all(
      Array.from({ length: MANY }, () => createHttpBackground({ threads: [{ id: "t" }, { id: "u" }] })),
    );
    const bytes = assembleScript({ body: `(func (export "main") (drop ${call("get")}))`, data: { get: [] } });
    const runtimes = plugins.map((plugin) => createScriptRuntime({ http: plugin }));
    const scripts = await Promise.all(runtimes.map((runtime) => runtime.load(bytes)));
    const listeners = (): number => getEventListeners(signal, "abort").length;
    for (let round = 0; round < 2; round++) {
      const calls = plugins.flatMap((plugin) =>
        ["t", "u"].map((id) => (plugin.http_background as Untyped)(id, server.base, {}, "x", { signal })),
      );
      const runs = scripts.map((script) => script.run("main", { signal }));
      assert.equal(listeners(), 1);
      await Promise.all([...calls, ...runs]);
      assert.equal(listeners(), 0);
    }
    await Promise.all([...runtimes, ...plugins].map((one) => one.destroy()));
  });

  it("a signal that aborts: it ends the calls and the runs of everybody", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const plugins = await Promise.all([0, 1].map(() => createHttpBackground({ threads: [{ id: "t" }] })));
    const waiting = (): Readable => new Readable({ read() {} });
    const calls = plugins.map((plugin) =>
      (plugin.http_background as Untyped)("t", server.base, {}, waiting(), { signal }),
    );
    controller.abort();
    for (const { code } of await Promise.all(calls)) assert.equal(code, "ABORTED_BY_CALLBACK");
    assert.equal(getEventListeners(signal, "abort").length, 0);
    await Promise.all(plugins.map((plugin) => plugin.destroy()));
  });
});
