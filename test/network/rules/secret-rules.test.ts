import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { HttpBackgroundError } from "../../../host/api/errors.ts";
import type { AllowRule } from "../../../host/api/rules.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import type { Destination } from "../../../host/network/route/destination.ts";
import { isSafeConnection } from "../../../host/network/rules/exposure.ts";
import { isLoopback } from "../../../host/network/rules/loopback.ts";
import { parseUrl } from "../../../host/network/url/url.ts";

const SECRET = "s3cr3t-value";
const policyOf = (rule: unknown) =>
  createPolicy({ allow: [rule as AllowRule] }, { audience: "script" }) ?? assert.fail("no policy");

describe("a rule for a private address", () => {
  const reached = (rule: object): boolean => {
    const rules = { allow: ["http://*", { origin: "http://10.1.2.3", ...rule }] };
    const policy = createPolicy(rules, { audience: "script" }) ?? assert.fail("no policy");
    return policy.explain(parseUrl("http://a.example/"), ["10.1.2.3"]).allowed;
  };

  it("opens the address to names below a wildcard, unless something must be asked or counted first", () => {
    const rules = [{}, { decide: () => false }, { budget: { run: { requests: 1 } } }];
    assert.deepEqual(rules.map(reached), [true, false, false]);
  });
});

describe("a rule with secret headers", () => {
  const origin = "https://api.example.com";
  const wrong: [headers: unknown, option: string, message: RegExp][] = [
    [[], "headers", /must be an object/],
    ["X: y", "headers", /must be an object/],
    [null, "headers", /must be an object/],
    [new Map([["X-A", SECRET]]), "headers", /must be an object/],
    [new Headers({ "X-A": SECRET }), "headers", /must be an object/],
    [{ "X Y": SECRET }, "headers.X Y", /is not the name of a header/],
    [{ "": SECRET }, "headers.", /is not the name of a header/],
    [{ Host: SECRET }, "headers.Host", /cannot be set by a rule/],
    [{ "content-length": SECRET }, "headers.content-length", /cannot be set by a rule/],
    [{ Transfer_Encoding: SECRET }, "headers.Transfer_Encoding", /cannot be set by a rule/],
    [{ "X-A": SECRET, "x-a": SECRET }, "headers.x-a", /there twice/],
    [{ "X-A": SECRET, x_a: SECRET }, "headers.x_a", /there twice/],
    [{ "X-A": `${SECRET}\r\nX: y` }, "headers.X-A", /is not the value/],
    [{ "X-A": `${SECRET}\0` }, "headers.X-A", /is not the value/],
    [{ "X-A": " " }, "headers.X-A", /is not the value/],
    [{ "X-A": 1 }, "headers.X-A", /must be text/],
    [{ "X-A": undefined }, "headers.X-A", /must be text/],
  ];
  for (const [headers, option, message] of wrong) {
    it(`is refused without its value: ${inspect(headers)}`, () => {
      assert.throws(
        () => policyOf({ origin, headers }),
        (error) =>
          error instanceof HttpBackgroundError &&
          error.code === "BAD_CONFIG" &&
          error.option === `policy.allow[0].${option}` &&
          message.test(error.message) &&
          !error.message.includes(SECRET),
      );
    });
  }

  it("names its host, or all of a name's", () => {
    const headers = { "X-A": SECRET };
    assert.throws(() => policyOf({ origin: "https://*", headers }), /every host/);
    assert.throws(() => policyOf({ origin: "https://*:*", headers }), { option: "policy.allow[0].origin" });
    policyOf({ origin: "https://*.example.com", headers });
    policyOf({ origin: "https://a.example.com:*", headers });
    policyOf({ origin: "https://*", headers: {} });
  });

  it("shows its secret to nobody who prints the policy, or asks it why", () => {
    const policy = policyOf({ origin, headers: { "X-A": SECRET } });
    const url = parseUrl(`${origin}/`);
    const line = { method: "GET", target: "/" };
    const permit = policy.permit?.(url, line);
    const shown = [policy, permit, permit?.terms, policy.explain(url, ["1.2.3.4"], line)];
    for (const one of shown) {
      assert.ok(!inspect(one, { depth: 20, showHidden: true }).includes(SECRET));
      assert.ok(!(JSON.stringify(one) ?? "").includes(SECRET));
    }
  });

  it("allows plain HTTP to this machine alone", () => {
    const policy = policyOf({ origin: "http://localhost", headers: { "X-A": SECRET } });
    const url = parseUrl("http://localhost/");
    for (const address of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
      policy.checkAddress(url, address);
    for (const address of ["93.184.216.34", "10.0.0.1", "::ffff:10.0.0.1", "0.0.0.0", "::"]) {
      assert.equal(policy.explain(url, [address]).rule, "closed plain HTTP", address);
    }
  });
});

describe("a connection for secrets", () => {
  const tls = { verifyPeer: true, verifyHost: true } as Destination["tls"];
  const proxy = {} as Destination["proxy"];
  const table: [isSafe: boolean, parts: Partial<Destination>, target: string | null][] = [
    [true, { tls }, "93.184.216.34"],
    [true, { tls, proxy }, null],
    [false, { tls: { ...tls, verifyPeer: false } as Destination["tls"] }, "127.0.0.1"],
    [false, { tls: { ...tls, verifyHost: false } as Destination["tls"] }, "127.0.0.1"],
    [true, {}, "127.0.0.1"],
    [true, {}, "::1"],
    [false, {}, "93.184.216.34"],
    [false, {}, "fe80::1%lo"],
    [false, {}, ""],
    [false, { proxy }, "127.0.0.1"],
    [false, { proxy }, null],
  ];
  for (const [isSafe, parts, target] of table) {
    it(`is ${isSafe ? "safe" : "not safe"}: ${JSON.stringify(parts)} to ${target}`, () => {
      assert.equal(isSafeConnection({ tls: null, proxy: null, ...parts } as Destination, target), isSafe);
    });
  }

  it("is not taken for this machine by a part of its address", () => {
    for (const address of ["127.1", "127.0.0.1.example", "1::1", "::1:1", "::ffff:7f00:1x", "127.0.0.1%lo"])
      assert.equal(isLoopback(address), false, address);
  });
});
