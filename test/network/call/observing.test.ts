import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { OK, type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { transferTo } from "../../support/transfers.ts";

const CHANNELS = [
  "call:start",
  "call:queued",
  "hop:start",
  "hop:sent",
  "hop:end",
  "connection:open",
  "connection:close",
  "response",
  "call:end",
];

describe("what is seen from outside", () => {
  let server: ScriptedServer;
  let network: Network;
  let seen: Record<string, unknown>[];
  const listen = (message: unknown, name: string | symbol) =>
    seen.push({ name: String(name).replace("http-background:", ""), ...(message as object) });

  beforeEach(async () => {
    seen = [];
    server = await startScriptedServer([
      { send: "HTTP/1.1 302 X\r\nLocation: /b?secret=1\r\nContent-Length: 0\r\n\r\n" },
    ]);
    network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }]);
    for (const name of CHANNELS) diagnostics.subscribe(`http-background:${name}`, listen);
  });
  afterEach(async () => {
    for (const name of CHANNELS) diagnostics.unsubscribe(`http-background:${name}`, listen);
    await network.destroy();
    await server.close();
  });

  it("is a call from start to end, with its thread, less what is secret", async () => {
    const base = server.base.replace("//", "//u:p@");
    await network.perform(transferTo(`${base}/a?secret=1`, { redirects: 1 }));
    const number = seen[0]?.call;
    const connection = seen.find(({ name }) => name === "connection:open")?.connection;
    assert.ok(typeof number === "number" && typeof connection === "number");
    for (const message of seen.filter((one) => "tookMs" in one)) {
      assert.ok(typeof message.tookMs === "number" && message.tookMs >= 0);
      delete message.tookMs;
    }
    const about = { thread: "t", call: number };
    const { port } = server;
    const place = { scheme: "http", hostname: "127.0.0.1", port, rule: null };
    const address = "127.0.0.1";
    const protocol = "http/1.1";
    const addHeader = seen.find(({ name }) => name === "hop:start")?.addHeader;
    const hop = (index: number, path: string) => {
      const both = { ...about, hop: index, resend: index };
      const started = { name: "hop:start", ...both, method: "GET", url: server.base + path, ...place };
      return [started, { name: "hop:sent", ...both, connection, protocol, address }] as const;
    };
    const opened = {
      name: "connection:open",
      thread: "t",
      connection,
      ...place,
      protocol,
      address,
      tls: null,
    };
    const ended = (index: number, path: string, status: number) => [
      { name: "response", ...about, status, protocol, url: server.base + path },
      { name: "hop:end", ...about, hop: index, resend: index, status },
    ];
    const [[start, sent], [next, nextSent]] = [hop(0, "/a"), hop(1, "/b")];
    assert.deepEqual(
      seen.map(({ addHeader: _, readHead: __, ...rest }) => rest),
      [
        { name: "call:start", ...about, method: null },
        start,
        opened,
        sent,
        ...ended(0, "/a", 302),
        next,
        nextSent,
        ...ended(1, "/b", 200),
        { name: "call:end", ...about, status: 200 },
      ],
    );
    assert.equal(typeof addHeader, "function");
  });

  it("is when a connection closes, as the same that was opened", async () => {
    await network.perform(transferTo(`${server.base}/b`));
    const closed = new Promise((resolve) =>
      diagnostics.subscribe("http-background:connection:close", resolve),
    );
    await network.close();
    await closed;
    const [{ name: _, ...opened } = assert.fail(), { name: close, openMs, ...rest } = assert.fail()] =
      seen.filter(({ name }) => String(name).startsWith("connection:"));
    assert.equal(close, "connection:close");
    assert.deepEqual(rest, opened);
    assert.ok(typeof openMs === "number" && openMs >= 0);
  });

  it("is how long a call waited for a connection", async () => {
    await Promise.all([0, 1].map(() => network.perform(transferTo(server.base))));
    const waits = seen.filter(({ name }) => name === "call:queued");
    assert.equal(waits.length, 1);
    assert.ok((waits[0]?.waitedMs as number) > 0);
  });

  it("is how a call failed", async () => {
    await network.perform(transferTo("http://127.0.0.1:1/"));
    await network.perform(transferTo("nonsense://x/"));
    const ends = seen.filter(({ name }) => name === "call:end").map(({ code }) => code);
    assert.deepEqual(ends, ["COULDNT_CONNECT", "UNSUPPORTED_PROTOCOL"]);
    const hops = seen.filter(({ name }) => name === "hop:end").map(({ code }) => code);
    // What is no URL asks for no connection.
    assert.deepEqual(hops, ["COULDNT_CONNECT"]);
  });
});

describe("stats", () => {
  it("are right at every moment, each thread on its own", async () => {
    const server = await startScriptedServer([], { otherwise: { ...OK, delay_ms: 20 } });
    const threads = ["t", "other"].map((id) => ({ id, maxTotal: 2, maxHost: 0 }));
    const network = new Network(threads);
    assert.equal(network.has("t") && network.has("other") && !network.has("none"), true);
    const zero = { queued: 0, active: 0, idle: 0, http2: 0, completed: 0, failed: 0 };
    assert.deepEqual(network.stats(), { t: zero, other: zero });
    const calls = Array.from({ length: 5 }, () => network.perform(transferTo(server.base)));
    assert.deepEqual(network.stats(), { t: { ...zero, queued: 3, active: 2 }, other: zero });
    await Promise.race(calls);
    const { queued = 0, active = 0, idle = 0, completed = 0 } = network.stats().t ?? {};
    assert.equal(queued + active + completed, 5);
    assert.ok(completed >= 1 && active + idle <= 2);
    await Promise.all(calls);
    assert.deepEqual(network.stats().t, { ...zero, idle: 2, http2: 0, completed: 5 });
    const outcome = await network.perform(transferTo(server.base, { thread: "none" }));
    assert.equal("code" in outcome && outcome.code, "BAD_FUNCTION_ARGUMENT");
    await network.close();
    await server.close();
  });
});
