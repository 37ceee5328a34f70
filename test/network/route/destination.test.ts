import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeDestination } from "../../../host/network/route/destination.ts";
import { ProxyVariables } from "../../../host/network/route/proxy-variables.ts";
import { TlsPolicies } from "../../../host/network/route/tls.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { parseUrl } from "../../../host/network/url/url.ts";
import { transferTo } from "../../support/transfers.ts";

const URL = "http://a.test/";
const tlsPolicies = new TlsPolicies(undefined);
const proxyVariables = new ProxyVariables({});

function keyOf(changes: Partial<Transfer>): string {
  return makeDestination(parseUrl(URL), transferTo(URL, changes), { tlsPolicies, proxyVariables }).key;
}

/** Each of these must have connections of its own. */
const APART: readonly (readonly [what: string, changes: Partial<Transfer>])[] = [
  ["nothing", { proxy: "" }],
  ["a source address", { proxy: "", sourceip: "127.0.0.1" }],
  ["a proxy", { proxy: "socks5h://p.test:1" }],
  ["a proxy, and a source address", { proxy: "socks5h://p.test:1", sourceip: "127.0.0.1" }],
  ["a source address that spells the proxy", { proxy: "", sourceip: "\0socks5h\0\0p.test:1" }],
  ["one that spells its own length, too", { proxy: "", sourceip: "0\0\0socks5h\0\0p.test:1" }],
  ["a user", { proxy: "socks5h://u:p@p.test:1" }],
  ["a user that ends as the password begins", { proxy: "socks5h://up:@p.test:1" }],
  ["a password that ends as a proxy begins", { proxy: "socks5h://u:p%40p.test:1@q.test:1" }],
];

describe("the key by which connections are used again", () => {
  for (const [what, changes] of APART) {
    it(`keeps ${what} apart from all else`, () => {
      const others = APART.filter(([other]) => other !== what);
      for (const [other, its] of others) assert.notEqual(keyOf(changes), keyOf(its), other);
      assert.equal(keyOf(changes), keyOf({ ...changes }));
    });
  }
});

describe("the destination of a URL alone", () => {
  const alone = parseUrl("https://a.test/");
  const of = (changes: Partial<Transfer> = {}, isHttp1Only = false, policies = tlsPolicies) =>
    makeDestination(
      alone,
      transferTo("https://a.test/", { proxy: "", ...changes }),
      { tlsPolicies: policies, proxyVariables },
      isHttp1Only,
    );

  it("is the same object for calls that want the same of TLS, and of HTTP", () => {
    assert.equal(of(), of());
    const http1 = of({}, true);
    assert.deepEqual(http1.protocols, ["http/1.1"]);
    assert.deepEqual(of().protocols, ["h2", "http/1.1"]);
    assert.notEqual(http1.key, of().key);
  });

  it("is another one if they want something else", () => {
    const verified = of();
    const unverified = of({ tlsVerifyPeer: false });
    assert.equal(unverified.tls?.verifyPeer, false);
    assert.equal(of({ tlsVerifyHost: false }).tls?.verifyHost, false);
    assert.equal(of().tls?.verifyPeer, true);
    assert.equal(of().key, verified.key);
    assert.notEqual(unverified.key, verified.key);
  });

  it("has the policies of its own network", () => {
    const [one, other] = [of(), of({}, false, new TlsPolicies(undefined))];
    assert.notEqual(one.tls?.context, other.tls?.context);
  });
});
