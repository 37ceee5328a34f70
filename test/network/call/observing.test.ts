import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { OK, type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { transferTo } from "../../support/transfers.ts";

const CHANNELS = ["call:start", "call:queued", "connection:open", "response", "call:end"];

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
    const { tookMs } = seen.at(-1) ?? {};
    assert.ok(typeof number === "number" && typeof tookMs === "number" && tookMs >= 0);
    const about = { thread: "t", call: number };
    const { port } = server;
    assert.deepEqual(seen, [
      { name: "call:start", ...about, method: null },
      {
        name: "connection:open",
        thread: "t",
        scheme: "http",
        hostname: "127.0.0.1",
        port,
        protocol: "http/1.1",
        address: "127.0.0.1",
      },
      { name: "response", ...about, status: 302, protocol: "http/1.1", url: `${server.base}/a` },
      { name: "response", ...about, status: 200, protocol: "http/1.1", url: `${server.base}/b` },
      { name: "call:end", ...about, status: 200, tookMs },
    ]);
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
