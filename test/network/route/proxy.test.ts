import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { resolveProxy } from "../../../host/network/route/proxy.ts";
import { ProxyVariables } from "../../../host/network/route/proxy-variables.ts";
import { parseUrl } from "../../../host/network/url/url.ts";

type Environment = Record<string, string>;

/** `scheme://[user:password@]host:port` of the proxy, "none", or the code of the failure. */
function proxyFor(url: string, option: string | null, environment: Environment = {}): string {
  try {
    const proxy = resolveProxy(option, parseUrl(url), new ProxyVariables(environment));
    if (proxy === null) return "none";
    const { scheme, hostname, port, username, password } = proxy;
    return `${scheme}://${username === null ? "" : `${username}:${password}@`}${hostname}:${port}`;
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

describe("resolveProxy", () => {
  it("reads a proxy's URL as libcurl does", () => {
    const rows: [option: string, expected: string][] = [
      ["p.test", "http://p.test:1080"],
      ["p.test:3128", "http://p.test:3128"],
      ["http://p.test:3128/path?query", "http://p.test:3128"],
      ["HTTP://P.Test", "http://p.test:1080"],
      ["https://p.test", "https://p.test:443"],
      ["socks://p.test", "socks4://p.test:1080"],
      ["socks4://p.test", "socks4://p.test:1080"],
      ["socks4a://p.test", "socks4a://p.test:1080"],
      ["socks5://p.test:9050", "socks5://p.test:9050"],
      ["socks5h://p.test", "socks5h://p.test:1080"],
      ["u:p@p.test", "http://u:p@p.test:1080"],
      ["http://u%40:p%3a%ff@p.test", "http://u@:p:\xff@p.test:1080"],
      ["http://u@p.test", "http://u:@p.test:1080"],
      ["http://:p@p.test", "http://:p@p.test:1080"],
      ["http://127.1:81", "http://127.0.0.1:81"],
      ["http://[::1]:81", "http://::1:81"],
      ["http://p.test:0", "http://p.test:0"],
      ["", "none"],
      ["ftp://p.test", "COULDNT_CONNECT"],
      ["foo://p.test", "COULDNT_CONNECT"],
      ["ftp.p.test", "COULDNT_CONNECT"],
      ["__proto__://p.test", "COULDNT_RESOLVE_PROXY"],
      ["constructor://p.test", "COULDNT_CONNECT"],
      ["p test", "COULDNT_RESOLVE_PROXY"],
      [" p.test", "COULDNT_RESOLVE_PROXY"],
      ["http://", "COULDNT_RESOLVE_PROXY"],
      ["http://p.test:x", "COULDNT_RESOLVE_PROXY"],
      ["http://p.test:70000", "COULDNT_RESOLVE_PROXY"],
      ["http://u@v@p.test", "COULDNT_RESOLVE_PROXY"],
      ["http://[::1", "COULDNT_RESOLVE_PROXY"],
      ["p.test\r\nX: y", "COULDNT_RESOLVE_PROXY"],
    ];
    for (const [option, expected] of rows) assert.equal(proxyFor("http://h/", option), expected, option);
  });

  it("looks for a proxy in the environment when no option names one", () => {
    const [a, b] = ["http://a:1", "http://b:1"];
    const rows: [url: string, environment: Environment, expected: string][] = [
      ["http://h/", { http_proxy: a }, a],
      ["http://h/", { HTTP_PROXY: a }, "none"],
      ["http://h/", { https_proxy: a, HTTPS_PROXY: a }, "none"],
      ["http://h/", { all_proxy: a }, a],
      ["http://h/", { ALL_PROXY: a }, a],
      ["http://h/", { http_proxy: a, all_proxy: b, ALL_PROXY: b }, a],
      ["http://h/", { all_proxy: a, ALL_PROXY: b }, a],
      ["http://h/", { http_proxy: "", all_proxy: b }, b],
      ["https://h/", { https_proxy: a, HTTPS_PROXY: b }, a],
      ["https://h/", { HTTPS_PROXY: a, all_proxy: b }, a],
      ["https://h/", { http_proxy: a }, "none"],
      ["https://h/", { all_proxy: "socks5h://s" }, "socks5h://s:1080"],
      ["http://h/", { http_proxy: "p q" }, "COULDNT_RESOLVE_PROXY"],
      ["http://h/", { http_proxy: "http://ü:p@h:1" }, "http://\xc3\xbc:p@h:1"],
    ];
    for (const [url, environment, expected] of rows) {
      assert.equal(proxyFor(url, null, environment), expected, JSON.stringify(environment));
      assert.equal(proxyFor(url, "", environment), "none");
    }
  });

  it("leaves out the hosts of no_proxy, whoever named the proxy, and before it is read", () => {
    const rows: [host: string, list: string, isExempt: boolean][] = [
      ["h.test", "*", true],
      ["h.test", "a.test,*", false],
      ["h.test", "h.test", true],
      ["H.TEST", "h.Test", true],
      ["h.test.", "h.test", true],
      ["h.test", "h.test.", true],
      ["h.test", ".h.test", true],
      ["a.h.test", "h.test", true],
      ["a.h.test", ".h.test", true],
      ["ah.test", "h.test", false],
      ["h.test", "a.h.test", false],
      ["h.test", "test", true],
      ["h.test", "a, h.test ,b", true],
      ["h.test", "a h.test", true],
      ["h.test", "a,,h.test", true],
      ["h.test", "h.test:80", false],
      ["h.test", ".", false],
      ["h.test", "", false],
      ["10.1.2.3", "10.1.2.3", true],
      ["10.1.2.3", "10.1.2.30", false],
      ["10.1.2.3", "10.0.0.0/8", true],
      ["10.1.2.3", "10.1.2.0/31", false],
      ["10.1.2.3", "10.1.2.3/32", true],
      ["10.1.2.3", "10.1.2.3/33", false],
      ["10.1.2.3", "10.0.0.0/0", false],
      ["10.1.2.3", "10.1.2.3/x", true],
      ["10.1.2.3", ".3", false],
      ["10.1.2.3", "::ffff:10.1.2.3", false],
      ["127.1", "127.0.0.1", true],
      ["h.test", "10.0.0.0/8", false],
      ["[::1]", "::1", true],
      ["[::1]", "0:0::1", true],
      ["[2001:db8::1]", "2001:db8::/32", true],
      ["[2001:db9::1]", "2001:db8::/32", false],
      ["[fe80::1%25lo]", "fe80::/10", true],
    ];
    for (const [host, list, isExempt] of rows) {
      const expected = isExempt ? "none" : "http://p:1080";
      const message = `${host} of ${list}`;
      assert.equal(proxyFor(`http://${host}/`, "p", { no_proxy: list }), expected, message);
      assert.equal(proxyFor(`http://${host}/`, null, { all_proxy: "p", NO_PROXY: list }), expected, message);
    }
    assert.equal(proxyFor("http://h/", "not a proxy", { no_proxy: "h" }), "none");
    assert.equal(proxyFor("http://h/", "p", { no_proxy: "a", NO_PROXY: "h" }), "http://p:1080");
    assert.equal(proxyFor("http://h/", "p", { no_proxy: "", NO_PROXY: "h" }), "none");
  });

  it("reads the environment once in a turn of the event loop, and again in the next", async () => {
    const values: Environment = { http_proxy: "http://a:1" };
    const read: string[] = [];
    const environment = new Proxy(values, {
      get(target, name) {
        read.push(String(name));
        return target[String(name)];
      },
    });
    const variables = new ProxyVariables(environment);
    const proxies = (): (string | undefined)[] =>
      ["http://h/", "http://h/", "https://h/", "https://h/"].map(
        (url) => resolveProxy(null, parseUrl(url), variables)?.hostname,
      );
    assert.deepEqual(proxies(), ["a", "a", undefined, undefined]);
    const once = read.length;
    values.http_proxy = "http://b:1";
    assert.deepEqual(proxies(), ["a", "a", undefined, undefined]);
    assert.equal(read.length, once);
    assert.equal(new Set(read).size, 7);
    await setImmediate();
    assert.deepEqual(proxies(), ["b", "b", undefined, undefined]);
    assert.equal(read.length, 2 * once);
  });
});
