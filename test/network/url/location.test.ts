import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseUrl, resolveLocation } from "../../../host/network/url/url.ts";

const latin1 = (text: string): string => Buffer.from(text, "utf8").toString("latin1");

/** `scheme://host` and target of the URL that curl requests next, or the code of the failure. */
function next(base: string, location: string): string {
  try {
    const { scheme, host, target } = resolveLocation(parseUrl(base), location);
    return `${scheme}://${host}${target}`;
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

const BAD = "URL_MALFORMAT";
const OTHER = "UNSUPPORTED_PROTOCOL";

// Measured with the curl command against a server that redirects to each of them.
const FROM_DEEP: [location: string, expected: string][] = [
  ["b", "http://h/a/b"],
  ["./b", "http://h/a/b"],
  ["../b", "http://h/b"],
  ["b/../../c/./d", "http://h/c/d"],
  ["../../../x", "http://h/x"],
  ["./../x", "http://h/x"],
  [".", "http://h/a/"],
  ["..", "http://h/"],
  ["../", "http://h/"],
  ["..?x", "http://h/?x"],
  ["a/..?b/../c", "http://h/a/?b/../c"],
  ["/b?x=1#f", "http://h/b?x=1"],
  ["./?1", "http://h/a?1"],
  ["../?1", "http://h/?1"],
  ["../../../?1", "http://h/?1"],
  [".?1", "http://h/a/?1"],
  ["/", "http://h/"],
  ["/..", "http://h/"],
  ["/?", "http://h/"],
  ["?q=2", "http://h/a/start?q=2"],
  ["?", "http://h/a/start"],
  ["b?", "http://h/a/b"],
  ["#f", "http://h/a/"],
  ["b//c", "http://h/a/b//c"],
  ["//host/b", "http://host/b"],
  ["///host/b", "http://host/b"],
  ["////host/b", BAD],
  ["//host:80", "http://host/"],
  ["//host?x", "http://host/?x"],
  ["//127.1", "http://127.0.0.1/"],
  ["//", BAD],
  ["//?", BAD],
  ["", BAD],
  ["/b c d", "http://h/b%20c%20d"],
  ["/b c?d e?f g", "http://h/b%20c?d+e?f+g"],
  [latin1("/café?é"), "http://h/caf%c3%a9?%c3%a9"],
  [latin1("é"), "http://h/a/%c3%a9"],
  ['/{x}|y"<>', 'http://h/{x}|y"<>'],
  ["/\\b", "http://h/\\b"],
  ["\\b", "http://h/a/\\b"],
  ["/%2e%2e/b", "http://h/%2e%2e/b"],
  ["/b\tc", BAD],
  ["/b\x7f", BAD],
  ["/b\0", BAD],
  ["http:/b", "http://b/"],
  ["http:///b", "http://b/"],
  ["http:////b", BAD],
  ["http:b", BAD],
  ["http://", BAD],
  ["http://h:x/", BAD],
  ["http://[x/", BAD],
  ["http://a b/", BAD],
  ["http://x@y@z/", BAD],
  ["http://h2/b?", "http://h2/b"],
  ["http://h2?x", "http://h2/?x"],
  ["http://h2/a/../b", "http://h2/b"],
  ["HTTP://H2/ x", "http://H2/%20x"],
  ["https://h2:443/", "https://h2/"],
  [latin1("http://é/x"), "http://xn--9ca/x"],
  ["foo://h/", OTHER],
  ["mailto:x", OTHER],
  ["data:,x", OTHER],
  ["javascript:x", OTHER],
  ["localhost:8080/x", OTHER],
  ["file:///etc/passwd", OTHER],
  ["ftp://h/", OTHER],
  ["gopher://h/", OTHER],
];

describe("resolveLocation", () => {
  it("resolves every kind of reference as curl does", () => {
    for (const [location, expected] of FROM_DEEP) {
      assert.equal(next("http://h/a/start?orig=1", location), expected, location);
    }
  });

  it("keeps the scheme and the port of the base for a relative reference", () => {
    assert.equal(next("https://h:81/a", "b"), "https://h:81/b");
    assert.equal(next("https://h:81/a", "//i/b"), "https://i/b");
    assert.equal(next("http://h", "b"), "http://h/b");
    assert.equal(next("http://h//c", "x"), "http://h/x");
  });

  it("keeps the credentials of the base only for a relative reference", () => {
    const base = parseUrl("http://u:p@h/a");
    assert.equal(resolveLocation(base, "b").username, "u");
    assert.equal(resolveLocation(base, "/b").password, "p");
    assert.equal(resolveLocation(base, "//h/b").username, null);
    assert.equal(resolveLocation(base, "http://h/b").username, null);
    assert.equal(resolveLocation(base, "http://v:w@h/b").password, "w");
  });
});
