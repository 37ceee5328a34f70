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
