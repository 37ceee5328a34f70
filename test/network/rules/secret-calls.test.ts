import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { AllowRule } from "../../../host/api/rules.ts";
import type { Connect } from "../../../host/network/connect/connect-options.ts";
import { Connector } from "../../../host/network/connect/connector.ts";
import { Names } from "../../../host/network/names/names.ts";
import { Network } from "../../../host/network/network.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import type { Outcome, Transfer } from "../../../host/network/transfer/transfer.ts";
import { denialsOfTests } from "../../support/denials.ts";
import { headerOf } from "../../support/raw-request.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const DENIED = { code: "DENIED" };
const SECRET = "Bearer s3cr3t-value";

/** Connects every name to 127.0.0.1. */
const connectToLoopback: Connect = (destination, options) =>
  new Connector(new Names()).connect({ ...destination, hostname: "127.0.0.1" }, options);

const moved = (to: string) => ({
  send: `HTTP/1.1 302 X\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n`,
});

describe("a call under a rule with secret headers", () => {
  let api: ScriptedServer;
  let other: ScriptedServer;
  let network: Network;
  const denials = denialsOfTests();

  beforeEach(async () => {
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { connect: connectToLoopback, env: {} });
    other = await startScriptedServer();
  });
  afterEach(async () => {
    await network.destroy();
    await api.close();
    await other.close();
  });

  /** `changes` to a call of the server `api`, for which there is a rule, under which the server `other` is allowed. */
  async function call(
    changes: Partial<Transfer> = {},
    { rule = {}, allow = [] }: { rule?: Partial<AllowRule>; allow?: (string | AllowRule)[] } = {},
  ): Promise<Outcome> {
    const own: AllowRule = { origin: api.base, headers: { Authorization: SECRET }, ...rule };
    const rules = {
      allow: [own, other.base, ...allow],
      options: ["proxy", "tls_verify_peer", "tls_verify_host"],
    };
    const policy = createPolicy(rules, { audience: "script" });
    return network.perform(transferTo(`${api.base}/x`, changes), { policy });
  }

  const sentTo = (server: ScriptedServer) => server.requests.map((one) => headerOf(one, "authorization"));

  it("has them, behind those of the caller", async () => {
    api = await startScriptedServer();
    const rule = { headers: { Authorization: SECRET, "X-Key": "clé" } };
    assert.deepEqual(plainOutcome(await call({ headers: ["X-Own: 1"] }, { rule })), OK);
    const names = ["Accept", "X-Own", "Authorization", "X-Key"];
    assert.deepEqual(
      api.requests[0]?.headers.filter(([name]) => names.includes(name)).map(([name]) => name),
      names,
    );
    assert.equal(headerOf(api.requests[0] ?? assert.fail(), "x-key"), Buffer.from("clé").toString("latin1"));
  });

  it("has no other of a name that the host adds itself", async () => {
    api = await startScriptedServer();
    await call({}, { rule: { headers: { accept: "application/json" } } });
    const accepts = api.requests[0]?.headers.filter(([name]) => /^accept$/i.test(name));
    assert.deepEqual(accepts, [["accept", "application/json"]]);
  });

  const exposures: [rule: string, changes: Partial<Transfer>][] = [
    ["closed host", { headers: ["Host: elsewhere.example"] }],
    ["closed host", { headers: ["host: "] }],
    ["closed x-forwarded-host", { headers: ["X-Forwarded-Host: elsewhere.example"] }],
    ["closed x_forwarded_host", { headers: ["X_Forwarded_Host: elsewhere.example"] }],
    ["closed x.forwarded.host", { headers: ["X.Forwarded.Host: elsewhere.example"] }],
    ["closed x-http-host-override", { headers: ["X-HTTP-Host-Override: elsewhere.example"] }],
    ["closed x-forwarded-server", { headers: ["X-Forwarded-Server: elsewhere.example"] }],
    ["closed x-amz-copy-source", { method: "PUT", headers: ["X-Amz-Copy-Source: /other-bucket/key"] }],
    ["closed TRACE", { method: "TRACE" }],
    ["closed TRACE", { method: "trace" }],
    ["closed TRACK", { method: "Track" }],
    ["closed proxy", { proxy: "http://127.0.0.1:1" }],
    ["closed tls_verify_peer", { tlsVerifyPeer: false }],
    ["closed tls_verify_host", { tlsVerifyHost: false }],
  ];
  for (const [rule, changes] of exposures) {
    it(`is denied before anything is connected: ${rule}, ${JSON.stringify(changes)}`, async () => {
      api = await startScriptedServer();
      assert.deepEqual(plainOutcome(await call(changes)), DENIED);
      assert.deepEqual(
        denials.map((denial) => denial.rule),
        [rule],
      );
      assert.equal(api.connections.accepted, 0);
    });
  }

  it("may do what is closed where there is no secret", async () => {
    api = await startScriptedServer();
    for (const changes of [{ method: "TRACE" }, { headers: ["Host: elsewhere.example"] }]) {
      assert.deepEqual(plainOutcome(await call(changes, { rule: { headers: {} } })), OK);
    }
  });

  it("is no other request for a server that takes method or path from a header", async () => {
    api = await startScriptedServer();
    const rules: [header: string, rule: Partial<AllowRule>, isDenied: boolean][] = [
      ["X-HTTP-Method-Override: DELETE", { methods: ["GET"] }, true],
      ["X-HTTP_Method-Override: DELETE", { methods: ["GET"] }, true],
      ["X-HTTP-Method-Override: DELETE", { paths: ["/*"] }, false],
      ["X-Original-URL: /admin", { paths: ["/*"] }, true],
      ["X-Original-URL: /admin", { methods: ["GET"] }, false],
      ["Destination: /admin", { paths: ["/*"] }, true],
      ["X_Amz-Copy-Source: /bucket/key", { paths: ["/*"] }, true],
      ["X.Amz!Copy~Source: /bucket/key", { paths: ["/*"] }, true],
      ["x-ms-rename-source: /container/key", { paths: ["/*"] }, true],
      ["X-Amz-Copy-Source: /bucket/key", { methods: ["GET"] }, false],
    ];
    for (const [header, given, isDenied] of rules) {
      const rule = { ...given, headers: undefined };
      const outcome = plainOutcome(await call({ headers: [header] }, { rule }));
      assert.deepEqual(outcome, isDenied ? DENIED : OK, header);
    }
  });

  const mistakes: [option: string, name: string, changes: Partial<Transfer>][] = [
    ["headers", "authorization", { headers: ["Authorization: mine"] }],
    ["headers", "authorization", { headers: ["X: 1", "AUTHORIZATION;"] }],
    ["headers", "authorization", { headers: ["Authorization:"] }],
    ["headers", "x_key", { headers: ["X_Key: mine"] }],
    ["headers", "x.key", { headers: ["X.Key: mine"] }],
    ["username", "Authorization", { username: "me", password: "x" }],
    ["password", "Authorization", { password: "x" }],
    ["aws_sigv4", "Authorization", { awsSigv4: "aws:amz:r:s", username: "me", password: "x" }],
  ];
  for (const [option, name, changes] of mistakes) {
    it(`is a mistake that names it: ${JSON.stringify(changes)}`, async () => {
      api = await startScriptedServer();
      const outcome = await call(changes, { rule: { headers: { Authorization: SECRET, "X-Key": "k" } } });
      assert.ok("mistake" in outcome);
      assert.deepEqual(outcome.mistake, {
        option,
        message: `Bad ${option} value: ${name} is set by the host`,
      });
      assert.equal(api.connections.accepted, 0);
    });
  }

  it("is a mistake with credentials in its URL", async () => {
    api = await startScriptedServer();
    const outcome = await call({ url: `http://u:p@127.0.0.1:${api.port}/x` });
    assert.ok("mistake" in outcome && outcome.mistake?.option === "password");
  });

  it("leaves them behind at a redirect to another origin, and takes up those of its rule", async () => {
    api = await startScriptedServer([moved(`${other.base}/y`), moved(`http://b.example:${other.port}/z`)]);
    const second = { origin: `http://b.example:${other.port}`, headers: { Authorization: "second" } };
    assert.deepEqual(plainOutcome(await call({ redirects: -1 })), OK);
    assert.deepEqual(plainOutcome(await call({ redirects: -1 }, { allow: [second] })), OK);
    assert.deepEqual(
      [sentTo(api), sentTo(other)],
      [
        [SECRET, SECRET],
        [undefined, "second"],
      ],
    );
  });

  it("leaves them behind at a redirect within the origin to a path whose rule has none", async () => {
    api = await startScriptedServer([moved("/open/y")]);
    const open = { origin: api.base, paths: ["/open/*"] };
    const outcome = await call({ redirects: -1 }, { rule: { paths: ["/x"] }, allow: [open] });
    assert.deepEqual([plainOutcome(outcome), sentTo(api)], [OK, [SECRET, undefined]]);
  });

  it("is denied at a redirect to where its own header has no place, but not for one that stays behind", async () => {
    api = await startScriptedServer();
    const from = (to: string) => ({ url: `${other.base}/`, redirects: -1, headers: [to] });
    await other.close();
    other = await startScriptedServer([1, 2, 3].map(() => moved(`${api.base}/x`)));
    const rule = { headers: { Authorization: SECRET, "X-Key": "k" } };
    assert.deepEqual(plainOutcome(await call(from("X-Key: mine"), { rule })), DENIED);
    assert.deepEqual(
      denials.map(({ rule, hop }) => [rule, hop]),
      [["closed x-key", 1]],
    );
    assert.deepEqual(plainOutcome(await call(from("Authorization: mine"), { rule })), OK);
    const login = { ...from("X: 1"), username: "u", password: "p" };
    assert.deepEqual(plainOutcome(await call(login, { rule })), OK);
    assert.deepEqual(
      [sentTo(other), sentTo(api)],
      [
        [undefined, "mine", "Basic dTpw"],
        [SECRET, SECRET],
      ],
    );
  });

  it("names its host in one way, however the caller writes it", async () => {
    api = await startScriptedServer();
    const port = new URL(api.base).port;
    const allow = (name: string) => [
      { origin: `http://${name}:${port}`, headers: { Authorization: SECRET } },
    ];
    const policy = createPolicy(
      { allow: [...allow("api.test"), ...allow("xn--bcher-kva.test"), ...allow("127.0.0.1")] },
      { audience: "application" },
    );
    const hosts = ["api.test", "API.Test", "api.test.", "api%2Etest%2e", "B%c3%bccher.test", "0x7F.1"];
    for (const host of hosts) await network.perform(transferTo(`http://${host}:${port}/`), { policy });
    assert.deepEqual(
      api.requests.map((one) => [headerOf(one, "host"), headerOf(one, "authorization")]),
      ["api.test", "api.test", "api.test", "api.test", "xn--bcher-kva.test", "127.0.0.1"].map((host) => [
        `${host}:${port}`,
        SECRET,
      ]),
    );
  });

  it("is denied over plain HTTP to another machine, before it is connected", async () => {
    api = await startScriptedServer();
    const far = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
      connect: async (destination, { policy }) => {
        policy?.checkAddress(destination, "93.184.216.34");
        return assert.fail("connected");
      },
      env: {},
    });
    const policy = createPolicy(
      { allow: [{ origin: "http://a.example", headers: { Authorization: SECRET } }] },
      { audience: "application" },
    );
    assert.deepEqual(plainOutcome(await far.perform(transferTo("http://a.example/"), { policy })), DENIED);
    assert.deepEqual(
      denials.map(({ rule, address }) => [rule, address]),
      [["closed plain HTTP", "93.184.216.34"]],
    );
    await far.destroy();
  });

  it("is denied over plain HTTP through the operator's proxy", async () => {
    api = await startScriptedServer();
    const env = { http_proxy: other.base };
    const proxied = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { env });
    const policy = createPolicy(
      { allow: [{ origin: "http://a.example", headers: { Authorization: SECRET } }] },
      { audience: "application" },
    );
    const outcome = await proxied.perform(transferTo("http://a.example/", { proxy: null }), { policy });
    assert.deepEqual([plainOutcome(outcome), other.requests.length], [DENIED, 0]);
    await proxied.destroy();
  });

  it("is counted with them for the size of its head", async () => {
    api = await startScriptedServer();
    const rule = { headers: { "X-Key": "k".repeat(1 << 20) } };
    assert.deepEqual(plainOutcome(await call({}, { rule })), { code: "OUT_OF_MEMORY" });
  });
});
