import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { ExplainingPolicy } from "../../../host/network/policy/decision.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { startHttpProxy } from "../../support/http-proxy.ts";
import { connectorOf } from "../../support/names.ts";
import { type ScriptedServer, type ServerEntry, startScriptedServer } from "../../support/scripted-server.ts";
import { startSocksProxy } from "../../support/socks-proxy.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const DENIED = { code: "DENIED" };

function scriptPolicy(...allow: string[]): ExplainingPolicy {
  const policy = createPolicy({ allow }, { audience: "script" });
  assert.ok(policy !== null);
  return policy;
}

async function start(t: TestContext, script: ServerEntry[] = []): Promise<ScriptedServer> {
  const server = await startScriptedServer(script);
  t.after(() => server.close());
  return server;
}

/** A network with a proxy of the operator. Names have the addresses in `answers`. */
function networkBehind(t: TestContext, proxy: string, answers: readonly string[] = []) {
  const connector = connectorOf(async () => answers);
  const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
    env: { http_proxy: proxy, https_proxy: proxy },
    connect: (destination, options) => connector.connect(destination, options),
  });
  t.after(() => network.destroy());
  return (url: string, policy: ExplainingPolicy | null, redirects = 0) =>
    network.perform(transferTo(url, { proxy: null, redirects }), { policy }).then(plainOutcome);
}

const redirect = (to: string): ServerEntry => ({
  send: `HTTP/1.1 302 X\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`,
});

describe("a policy behind the operator's proxy", () => {
  it("does not judge the proxy, which may be private", async (t) => {
    const proxy = await start(t);
    const call = networkBehind(t, proxy.base);
    assert.deepEqual(await call("http://a.example/", scriptPolicy("http://a.example")), OK);
    assert.equal(proxy.requests[0]?.target, "http://a.example/");
  });

  it("judges the target by its URL, and asks the proxy for nothing that is denied", async (t) => {
    const proxy = await start(t);
    const call = networkBehind(t, proxy.base);
    const policy = scriptPolicy("http://*:*", "https://*:*");
    const urls = ["http://127.0.0.1/", "http://[::ffff:a00:1]/", "http://localhost/", "http://db.internal/"];
    for (const url of [...urls, "https://169.254.169.254/", "http://2130706433./"]) {
      assert.deepEqual(await call(url, policy), DENIED, url);
    }
    assert.equal(proxy.connections.accepted, 0);
  });

  it("judges every redirect", async (t) => {
    const targets = [
      "http://b.example/",
      "https://a.example/",
      "http://127.0.0.1:6379/",
      "http://localhost/",
    ];
    const proxy = await start(t, targets.map(redirect));
    const call = networkBehind(t, proxy.base);
    for (const target of targets) {
      assert.deepEqual(await call("http://a.example/", scriptPolicy("http://a.example"), -1), DENIED, target);
    }
    assert.deepEqual(
      proxy.requests.map(({ target }) => target),
      targets.map(() => "http://a.example/"),
    );
  });

  it("follows a redirect that is allowed, over the same connection to the proxy", async (t) => {
    const proxy = await start(t, [redirect("http://b.example/")]);
    const call = networkBehind(t, proxy.base);
    const policy = scriptPolicy("http://a.example", "http://b.example");
    assert.deepEqual(await call("http://a.example/", policy, 1), OK);
    assert.deepEqual([proxy.requests.length, proxy.connections.accepted], [2, 1]);
  });

  it("judges the target of a tunnel before the proxy is asked for it", async (t) => {
    const proxy = await startHttpProxy(t);
    const call = networkBehind(t, `http://127.0.0.1:${proxy.port}`);
    assert.deepEqual(await call("https://10.0.0.1/", scriptPolicy("https://*")), DENIED);
    assert.equal(proxy.accepted, 0);
  });
});

describe("a policy behind a SOCKS proxy", () => {
  const url = (server: ScriptedServer) => `http://a.example:${server.port}/`;

  for (const scheme of ["socks4", "socks5"]) {
    it(`judges the addresses that are looked up here: ${scheme}`, async (t) => {
      const server = await start(t);
      const proxy = await startSocksProxy(t);
      for (const answers of [["10.0.0.1"], ["93.184.216.34", "10.0.0.1"]]) {
        const call = networkBehind(t, `${scheme}://127.0.0.1:${proxy.port}`, answers);
        assert.deepEqual(await call(url(server), scriptPolicy("http://*:*")), DENIED, answers.join());
      }
      assert.deepEqual([proxy.handshakes.length, server.connections.accepted], [0, 0]);
      const call = networkBehind(t, `${scheme}://127.0.0.1:${proxy.port}`, ["93.184.216.34"]);
      assert.deepEqual(await call(url(server), scriptPolicy("http://*:*")), OK);
      assert.match(proxy.handshakes[0] ?? "", /5db8d822/);
    });

    it(`judges the address at which another caller's connection ends: ${scheme}`, async (t) => {
      const server = await start(t);
      const proxy = await startSocksProxy(t);
      const call = networkBehind(t, `${scheme}://127.0.0.1:${proxy.port}`, ["10.0.0.1"]);
      assert.deepEqual(await call(url(server), null), OK);
      assert.deepEqual(await call(url(server), scriptPolicy("http://*:*")), DENIED);
      assert.deepEqual(await call(url(server), scriptPolicy(url(server).slice(0, -1))), OK);
      assert.deepEqual([server.requests.length, server.connections.accepted], [2, 1]);
    });
  }

  it("judges the name alone where the proxy looks it up", async (t) => {
    const server = await start(t);
    const proxy = await startSocksProxy(t);
    const call = networkBehind(t, `socks5h://127.0.0.1:${proxy.port}`);
    const policy = scriptPolicy("http://*:*");
    assert.deepEqual(await call(url(server), policy), OK);
    assert.deepEqual(await call(url(server), policy), OK);
    assert.deepEqual(await call(`http://a.internal:${server.port}/`, policy), DENIED);
    assert.deepEqual(await call(`http://10.0.0.1:${server.port}/`, policy), DENIED);
    assert.equal(server.connections.accepted, 1);
  });
});
