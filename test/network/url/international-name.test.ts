import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { resolveProxy } from "../../../host/network/route/proxy.ts";
import { ProxyVariables } from "../../../host/network/route/proxy-variables.ts";
import { parseUrl, resolveLocation } from "../../../host/network/url/url.ts";
import { INTERNATIONAL_NAMES, MALFORMED_NAMES } from "../../support/international-names.ts";

const MALFORMED = { name: "TransferFailure", code: "URL_MALFORMAT" };
const urlOf = (name: string): string => Buffer.from(`http://${name}/`).toString("latin1");

describe("international names", () => {
  it("are what the DNS has for them", () => {
    for (const [name, ascii] of Object.entries(INTERNATIONAL_NAMES)) {
      const { host, hostname } = parseUrl(urlOf(name));
      assert.deepEqual([host, hostname], [ascii, ascii.replace(/\.$/, "")], name);
    }
  });

  it("are malformed where libidn2 refuses them, in the URL of a call, a redirect and a proxy", () => {
    const base = parseUrl("http://a.test/");
    for (const name of MALFORMED_NAMES) {
      assert.throws(() => parseUrl(urlOf(name)), MALFORMED, name);
      assert.throws(() => resolveLocation(base, urlOf(name)), MALFORMED, name);
      assert.throws(() => resolveLocation(base, urlOf(name).slice("http:".length)), MALFORMED, name);
      for (const scheme of ["http", "https", "socks4a", "socks5", "socks5h"]) {
        const proxy = urlOf(name).replace("http:", `${scheme}:`);
        assert.throws(() => resolveProxy(proxy, base, new ProxyVariables({})), MALFORMED, name);
        const variables = new ProxyVariables({ http_proxy: Buffer.from(proxy, "latin1").toString() });
        assert.throws(() => resolveProxy(null, base, variables), MALFORMED, name);
      }
    }
  });

  it("are no others than in a browser, where libidn2 would go by older rules", () => {
    for (const name of [
      "a\u200db.\u00fc",
      "\u00fc\u200c",
      "\u05d0a.test",
      "\u00df~.test",
      "\u00fc.1",
      "\u00fc.123",
      "\u00ad",
      "\u2100.test",
    ]) {
      assert.throws(() => parseUrl(urlOf(name)), MALFORMED, name);
    }
  });

  it("alone are checked: a name of ASCII is left to the resolver", () => {
    const long = `${"a".repeat(64)}.test`;
    for (const name of ["-a.test", "a-.test", "ab--c.test", "xn--zzzz.test", long, "a.".repeat(200), "a~b"]) {
      assert.equal(parseUrl(urlOf(name)).host, name);
    }
  });

  it("take no time where they are far too long", () => {
    for (const length of [1_024, 1_025, 20_000]) {
      const started = performance.now();
      assert.throws(() => parseUrl(urlOf("\u00e9".repeat(length))), MALFORMED);
      assert.throws(() => parseUrl(urlOf("\u00e9.".repeat(length))), MALFORMED);
      assert.ok(performance.now() - started < 1_000);
    }
  });
});
