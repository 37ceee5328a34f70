import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { PolicyRules } from "../../../host/api/rules.ts";
import type { Connect } from "../../../host/network/connect/connect-options.ts";
import { Connector } from "../../../host/network/connect/connector.ts";
import { Names } from "../../../host/network/names/names.ts";
import { Network } from "../../../host/network/network.ts";
import type { ExplainingPolicy } from "../../../host/network/policy/decision.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { denialsOfTests } from "../../support/denials.ts";
import { connectorOf } from "../../support/names.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const DENIED = { error: "Request denied by policy", code: "DENIED" };

/** Connects every name to 127.0.0.1 and ignores the policy, so that there are connections that can be used again. */
const connectToLoopback: Connect = (destination, options) =>
  new Connector(new Names()).connect({ ...destination, hostname: "127.0.0.1" }, { ...options, policy: null });

describe("a call under a policy", () => {
  let server: ScriptedServer;
  let network: Network;
  const denials = denialsOfTests();

  beforeEach(async () => {
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { connect: connectToLoopback, env: {} });
  });
  afterEach(async () => {
    await network.destroy();
    await server.close();
  });

  function policyOf(
    rules: PolicyRules,
    audience: "application" | "script" = "application",
  ): ExplainingPolicy {
    const policy = createPolicy(rules, { audience });
    assert.ok(policy !== null);
    return policy;
  }

  it("is sent where the policy allows it", async () => {
    server = await startScriptedServer();
    const policy = policyOf({ allow: [server.base] });
    assert.deepEqual(plainOutcome(await network.perform(transferTo(server.base), { policy })), OK);
  });

  it("does not tell a script which names below a wildcard have no address", async () => {
    const connector = connectorOf(async () => []);
    const nowhere = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
      connect: connector.connect.bind(connector),
      env: {},
    });
    const transfer = transferTo("http://a.corp.example/", { proxy: null });
    const unresolved = { error: "Couldn't resolve host name", code: "COULDNT_RESOLVE_HOST" };
    const wildcard = { allow: ["http://*.corp.example"] };
    const exact = { allow: ["http://a.corp.example"] };
    const cases = [
      [policyOf(wildcard, "script"), DENIED],
      [policyOf({ allow: [...wildcard.allow, ...exact.allow] }, "script"), unresolved],
      [policyOf(exact, "script"), unresolved],
      [policyOf(wildcard), unresolved],
    ] as const;
    server = await startScriptedServer();
    for (const [policy, expected] of cases) {
      assert.deepEqual(await nowhere.perform(transfer, { policy }), expected);
    }
    assert.deepEqual(
      denials.map(({ rule, address }) => [rule, address]),
      [["default unresolved", null]],
    );
    await nowhere.destroy();
  });

  it("is not sent, nor anything connected, where the policy denies the URL", async () => {
    server = await startScriptedServer();
    const policy = policyOf({ allow: ["http://a.example"] });
    assert.deepEqual(await network.perform(transferTo(`${server.base}/secret?x`), { policy }), DENIED);
    assert.equal(server.connections.accepted, 0);
    const [denial] = denials;
    assert.deepEqual(
      [denial?.thread, denial?.origin, denial?.hop, denial?.rule],
      ["t", server.base, 0, "default deny"],
    );
  });

  it("ends at the redirect that the policy denies", async () => {
    const redirect = (to: string) => ({
      send: `HTTP/1.1 302 X\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`,
    });
    server = await startScriptedServer([redirect("/again"), redirect("http://b.example/")]);
    const origin = `http://a.example:${server.port}`;
    const policy = policyOf({ allow: [origin] });
    assert.deepEqual(await network.perform(transferTo(origin, { redirects: -1 }), { policy }), DENIED);
    assert.equal(server.requests.length, 2);
    assert.deepEqual(
      denials.map(({ origin, hop }) => [origin, hop]),
      [["http://b.example", 2]],
    );
  });

  it("ends at the redirect that no rule allows, and gets there if one does", async () => {
    const moved = { send: "HTTP/1.1 302 X\r\nLocation: /v1/done\r\nContent-Length: 0\r\n\r\n" };
    server = await startScriptedServer([moved, moved]);
    const origin = `http://a.example:${server.port}`;
    const post = { origin, methods: ["POST"], paths: ["/v1/jobs"] };
    const transfer = () => transferTo(`${origin}/v1/jobs`, { redirects: -1, body: stringBody("x") });
    const closed = policyOf({ allow: [post, { ...post, methods: ["GET"] }] });
    assert.deepEqual(await network.perform(transfer(), { policy: closed }), DENIED);
    const open = policyOf({ allow: [post, { origin, methods: ["GET"], paths: ["/v1/*"] }] });
    assert.deepEqual(plainOutcome(await network.perform(transfer(), { policy: open })), OK);
    const lines = server.requests.map(({ method, target }) => `${method} ${target}`);
    assert.deepEqual(lines, ["POST /v1/jobs", "POST /v1/jobs", "GET /v1/done"]);
    assert.deepEqual(
      denials.map(({ rule, hop, advice }) => [rule, hop, advice?.includes("/v1/jobs")]),
      [["default path", 1, true]],
    );
  });

  it("does not get a connection to a denied address that another caller opened", async () => {
    server = await startScriptedServer();
    const url = `http://a.example:${server.port}`;
    assert.deepEqual(plainOutcome(await network.perform(transferTo(url))), OK);
    const policy = policyOf({ block: ["127.0.0.0/8"] });
    assert.deepEqual(await network.perform(transferTo(url), { policy }), DENIED);
    assert.deepEqual(
      denials.map(({ address }) => address),
      ["127.0.0.1"],
    );
    assert.deepEqual(plainOutcome(await network.perform(transferTo(url))), OK);
    assert.deepEqual([server.connections.accepted, server.requests.length], [1, 2]);
  });

  it("is not sent with an option that is closed", async () => {
    server = await startScriptedServer();
    const policy = policyOf({ options: [] });
    const transfer = transferTo(server.base, { proxy: server.base });
    assert.deepEqual(await network.perform(transfer, { policy }), DENIED);
    assert.equal(server.connections.accepted, 0);
    assert.deepEqual(
      denials.map(({ rule }) => rule),
      ["option proxy"],
    );
  });

  describe("of a script", () => {
    const script = policyOf({ allow: ["http://*:*"] }, "script");

    it("takes the same time whatever is denied", async () => {
      server = await startScriptedServer();
      const url = `http://a.example:${server.port}`;
      assert.deepEqual(plainOutcome(await network.perform(transferTo(url))), OK);
      for (const target of [url, "https://a.example", "http://127.0.0.1", "http://localhost"]) {
        const startedAt = performance.now();
        assert.deepEqual(
          await network.perform(transferTo(target, { proxy: null }), { policy: script }),
          DENIED,
        );
        // Node's timers may be up to a millisecond early.
        assert.ok(performance.now() - startedAt > 98, target);
      }
      assert.deepEqual(
        denials.map(({ rule }) => rule),
        ["default private", "default deny", "default private", "default private"],
      );
    });

    it("holds nothing while its denial is kept back, and can still be ended", async () => {
      server = await startScriptedServer();
      const abort = new AbortController();
      const aborted = network.perform(transferTo("http://127.0.0.1"), {
        policy: script,
        signal: abort.signal,
      });
      const destroyed = network.perform(transferTo("http://127.0.0.1"), { policy: script });
      assert.equal(network.stats().t?.active, 2);
      abort.abort();
      assert.deepEqual(plainOutcome(await aborted), { code: "ABORTED_BY_CALLBACK" });
      await network.destroy();
      assert.deepEqual(plainOutcome(await destroyed), { code: "ABORTED_BY_CALLBACK" });
      assert.equal(network.stats().t?.active, 0);
    });
  });
});
