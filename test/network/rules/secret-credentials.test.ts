import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createServer, type Server } from "node:tls";
import { inspect } from "node:util";
import type { AllowRule } from "../../../host/api/rules.ts";
import type { Connect } from "../../../host/network/connect/connect-options.ts";
import { Connector } from "../../../host/network/connect/connector.ts";
import { Names } from "../../../host/network/names/names.ts";
import { Network } from "../../../host/network/network.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { certificates } from "../../support/certificates.ts";
import { headerOf } from "../../support/raw-request.ts";
import { OK as OK_ENTRY, type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const KEY = "wJalrXUtnFEMI";
const AWS = { username: "AKIDEXAMPLE", password: KEY, aws_sigv4: "aws:amz:us-east-1:service" };

/** Connects every name to 127.0.0.1. */
const connectToLoopback: Connect = (destination, options) =>
  new Connector(new Names()).connect({ ...destination, hostname: "127.0.0.1" }, options);
const moved = (to: string) => ({ send: `HTTP/1.1 307 X\r\nLocation: ${to}\r\nContent-Length: 0\r\n\r\n` });
const policyOf = (...allow: (string | AllowRule)[]) =>
  createPolicy({ allow, options: ["proxy", "tls_client_cert"] }, { audience: "script" }) ??
  assert.fail("no policy");

describe("credentials of a rule", () => {
  let server: ScriptedServer;
  let network: Network;
  beforeEach(async () => {
    server = await startScriptedServer();
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { connect: connectToLoopback, env: {} });
  });
  afterEach(async () => {
    await network.destroy();
    await server.close();
  });

  async function call(rules: (string | AllowRule)[], url: string, changes: Partial<Transfer> = {}) {
    return network.perform(transferTo(url, changes), { policy: policyOf(...rules) });
  }
  const sent = () => server.requests.map((request) => headerOf(request, "authorization"));

  it("are sent as Basic", async () => {
    const rule = { origin: server.base, username: "üser", password: "p" };
    assert.deepEqual(plainOutcome(await call([rule], `${server.base}/`)), OK);
    assert.deepEqual(sent(), [`Basic ${Buffer.from("üser:p").toString("base64")}`]);
  });

  it("sign as a caller would who had the key, also a body that is hashed first, and headers of the rule", async () => {
    const token = { "X-Amz-Security-Token": "token" };
    const [username, password, awsSigv4] = [AWS.username, KEY, AWS.aws_sigv4];
    for (const size of [0, 10, 200_000]) {
      const body = size === 0 ? null : stringBody("a".repeat(size));
      const date = "X-Amz-Date: 20150830T123600Z";
      const url = `${server.base}/x?b=1&a=2`;
      await call([{ origin: server.base, headers: token, ...AWS }], url, { headers: [date], body });
      const headers = [date, "X-Amz-Security-Token: token"];
      await call([server.base], url, { headers, body, username, password, awsSigv4 });
    }
    const [first, second, ...others] = sent();
    assert.match(first ?? "", /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/.*x-amz-security-token/);
    assert.equal(first, second);
    assert.deepEqual(others, [others[0], others[0], others[2], others[2]]);
    assert.ok(server.requests.every(({ raw }) => !raw.includes(KEY)));
  });

  it("belong to the hop, whatever the origin of the call was", async () => {
    const other = `http://b.example:${server.port}`;
    await server.close();
    const { port } = server;
    server = await startScriptedServer([moved(`${other}/y`), moved(`http://127.0.0.1:${port}/z`)], { port });
    const rules = [server.base, { origin: other, username: "u", password: "p" }];
    const changes = { redirects: -1, headers: ["Authorization: mine"] };
    assert.deepEqual(plainOutcome(await call(rules, `${server.base}/x`, changes)), OK);
    assert.deepEqual(sent(), ["mine", "Basic dTpw", "mine"]);
  });

  it("are a mistake beside those of the caller", async () => {
    const rule = { origin: server.base, ...AWS };
    const mistakes: [option: string, changes: Partial<Transfer>][] = [
      ["headers", { headers: ["Authorization: x"] }],
      ["username", { username: "u" }],
      ["aws_sigv4", { awsSigv4: "aws" }],
    ];
    for (const [option, changes] of mistakes) {
      const outcome = await call([rule], server.base, changes);
      assert.ok("mistake" in outcome && outcome.mistake?.option === option, option);
    }
    assert.equal(server.connections.accepted, 0);
  });

  const origin = "https://a.example";
  const { good, client, clientChain } = parts();
  const wrong: [rule: object, option: string][] = [
    [{ username: 1 }, "username"],
    [{ password: {} }, "password"],
    [{ aws_sigv4: "aws" }, "aws_sigv4"],
    [{ username: "u", aws_sigv4: "aws" }, "aws_sigv4"],
    [{ username: "u", password: "p", aws_sigv4: "" }, "aws_sigv4"],
    [{ username: "u", password: "p", aws_sigv4: ":amz" }, "aws_sigv4"],
    [{ username: "u", headers: { authorization: "x" } }, "headers"],
    [{ username: "u", origin: "https://*" }, "origin"],
    [
      { tls_client_cert: { x509: client.cert, privatekey: client.key }, origin: "http://a.example" },
      "origin",
    ],
    [{ tls_client_cert: { x509: client.cert, privatekey: client.key }, origin: "https://*" }, "origin"],
    [{ tls_client_cert: "pem" }, "tls_client_cert"],
    [{ tls_client_cert: { x509: client.cert } }, "tls_client_cert.privatekey"],
    [{ tls_client_cert: { x509: 1, privatekey: client.key } }, "tls_client_cert.x509"],
    [
      { tls_client_cert: { x509: client.cert, privatekey: createPublicKey(client.key) } },
      "tls_client_cert.privatekey",
    ],
    [
      { tls_client_cert: { x509: client.cert, privatekey: client.key, chain: client.cert } },
      "tls_client_cert.chain",
    ],
    [
      { tls_client_cert: { x509: client.cert, privatekey: client.key, chain: [1] } },
      "tls_client_cert.chain[0]",
    ],
    [{ tls_client_cert: { x509: client.cert, privatekey: client.key, key: 1 } }, "tls_client_cert.key"],
    [{ tls_client_cert: { x509: client.cert, privatekey: good.key } }, "tls_client_cert"],
    [{ tls_client_cert: { x509: "x", privatekey: client.key } }, "tls_client_cert"],
  ];
  for (const [rule, option] of wrong) {
    it(`are refused: ${option}, ${inspect(rule, { depth: 0 })}`, () => {
      assert.throws(() => policyOf({ origin, ...rule }), {
        code: "BAD_CONFIG",
        option: `policy.allow[0].${option}`,
      });
    });
  }

  it("are not printed with the policy", () => {
    const policy = policyOf({
      origin,
      ...AWS,
      tls_client_cert: { x509: client.cert, privatekey: client.key },
    });
    const url = { scheme: "https", hostname: "a.example", port: 443 } as const;
    const permit = policy.permit?.(url, { method: "GET", target: "/" });
    const shown = inspect([policy, permit], { depth: 9, showHidden: true });
    assert.ok(!shown.includes(KEY) && !shown.includes("AKID") && !shown.includes("PRIVATE"));
  });

  describe("that are a certificate", () => {
    let secure: Server;
    let shown: string[];
    beforeEach(async () => {
      shown = [];
      const ca = certificates().authority.cert;
      const options = { key: good.key, cert: good.cert, ca, requestCert: true, rejectUnauthorized: false };
      secure = createServer(options, (socket) => {
        shown.push(String(socket.getPeerCertificate().subject?.CN ?? "none"));
        socket.on("error", () => {}).on("data", () => socket.write(OK_ENTRY.send ?? ""));
      }).listen(0, "127.0.0.1");
      await once(secure, "listening");
      await network.destroy();
      network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { env: {}, ca });
    });
    afterEach(() => {
      secure.close();
    });

    it("are shown at the requests of the rule, on connections of their own", async () => {
      const base = `https://localhost:${(secure.address() as AddressInfo).port}`;
      const x509 = new X509Certificate(client.cert);
      const privatekey = createPrivateKey(client.key);
      const rule = {
        origin: base,
        paths: ["/v1/*"],
        tls_client_cert: { x509, privatekey, chain: [clientChain] },
      };
      const rules = [rule, { origin: base, paths: ["/open"] }];
      for (const path of ["/v1/x", "/v1/y", "/open", "/open"])
        assert.deepEqual(plainOutcome(await call(rules, base + path)), OK);
      assert.deepEqual([shown.length, shown[0] === "none", shown[1]], [2, false, "none"]);
      const own = { certificate: x509, privateKey: Buffer.from(client.key), chain: [] };
      const outcome = await call(rules, `${base}/v1/x`, { clientCertificate: own });
      assert.ok("mistake" in outcome && outcome.mistake?.option === "tls_client_cert");
      assert.equal(shown.length, 2);
    });
  });
});

function parts() {
  const { good, client, intermediate } = certificates();
  return { good, client, clientChain: intermediate.cert };
}
