import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { headerOf, type RawRequest } from "../../support/raw-request.ts";
import { type ScriptedServer, type ServerEntry, startScriptedServer } from "../../support/scripted-server.ts";
import { plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

describe("an http URL through an http proxy", () => {
  let script: ServerEntry[];
  let proxy: ScriptedServer;
  let network: Network;

  beforeEach(async () => {
    script = [];
    proxy = await startScriptedServer(script);
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 1 }], { env: {} });
  });
  afterEach(async () => {
    await network.destroy();
    await proxy.close();
  });

  async function call(url: string, changes: Partial<Transfer> = {}): Promise<RawRequest> {
    const outcome = await network.perform(transferTo(url, { proxy: proxy.base, ...changes }));
    assert.equal("status" in outcome && outcome.status, 200);
    return proxy.requests.at(-1) ?? assert.fail("no request");
  }

  it("is asked for in absolute form, less credentials, default port and fragment", async () => {
    const request = await call("http://u:p@Target.example:80/p?q=1#f", { body: stringBody("abc") });
    assert.deepEqual([request.method, request.target], ["POST", "http://Target.example/p?q=1"]);
    assert.equal(headerOf(request, "host"), "Target.example");
    assert.equal(headerOf(request, "authorization"), "Basic dTpw");
    assert.equal(headerOf(request, "proxy-connection"), "Keep-Alive");
    assert.equal(headerOf(request, "proxy-authorization"), undefined);
  });

  it("is told the path as it was written, where a server itself gets it escaped", async () => {
    const request = await call("http://a.example/caf\xe9/x/../y?q=\xe9");
    assert.equal(request.target, "http://a.example/caf\xe9/y?q=\xe9");
  });

  it("tells the proxy its credentials, unless the caller has a header for that", async () => {
    const login = proxy.base.replace("//", "//pu:pw@");
    assert.equal(
      headerOf(await call("http://a.example/", { proxy: login }), "proxy-authorization"),
      "Basic cHU6cHc=",
    );
    const headers = ["Proxy-Authorization: Bearer x", "Proxy-Connection:"];
    const request = await call("http://a.example/", { proxy: login, headers });
    const names = request.headers.map(([name]) => name.toLowerCase());
    assert.equal(headerOf(request, "proxy-authorization"), "Bearer x");
    assert.equal(names.filter((name) => name === "proxy-authorization").length, 1);
    assert.ok(!names.includes("proxy-connection"));
  });

  it("tells the proxy its credentials on the way to another origin, where the caller's header is not sent", async () => {
    const login = proxy.base.replace("//", "//pu:pw@");
    script.push({ send: "HTTP/1.1 302 X\r\nLocation: http://b.example/\r\nContent-Length: 0\r\n\r\n" });
    const headers = ["Proxy-Authorization: Bearer x"];
    const request = await call("http://a.example/", { proxy: login, headers, redirects: 1 });
    assert.equal(request.target, "http://b.example/");
    assert.equal(headerOf(request, "proxy-authorization"), "Basic cHU6cHc=");
  });

  it("shares the proxy's connection with other hosts, which count as the proxy", async () => {
    await Promise.all(["http://a.example/", "http://b.example/"].map((url) => call(url)));
    assert.deepEqual([proxy.connections.accepted, proxy.requests.length], [1, 2]);
  });

  it("gives the proxy's refusal as the result", async () => {
    script.push({ send: "HTTP/1.1 407 X\r\nContent-Length: 4\r\n\r\nnope" });
    const outcome = await network.perform(transferTo("http://a.example/", { proxy: proxy.base }));
    assert.deepEqual(plainOutcome(outcome), { status: 407, content: "nope" });
  });

  it("is found in the environment, where the call names none", async () => {
    const other = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { env: { http_proxy: proxy.base } });
    await other.perform(transferTo("http://a.example/x", { proxy: null }));
    await other.destroy();
    assert.equal(proxy.requests.at(-1)?.target, "http://a.example/x");
  });
});
