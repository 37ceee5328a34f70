import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isLongHost, parseWebUrl } from "../../host/api/web-url.ts";

/** V8 needs minutes for this. */
const ENDLESS = Array.from({ length: 300_000 }, (_, i) => String.fromCodePoint(0x4e00 + (i % 20_000))).join(
  "",
);
const host = (length: number): string => "a".repeat(length);

/** Spellings of URLs with this host, and what they are relative to. */
const SPELLINGS: readonly [write: (host: string) => string, base?: string][] = [
  [(name) => `http://${name}`],
  [(name) => `http:${name}/path`],
  [(name) => `https:/${name}?query`],
  [(name) => `\u0000 \nht\ttp:\\\\${name}#fragment`],
  [(name) => `WSS:////${name}\\path`],
  [(name) => `ftp://user:p@ss@${name}:81/`],
  [(name) => `file://${name}/path`],
  [(name) => `//${name}`, "http://base/"],
  [(name) => `\n\\/${name}`, "http://base/"],
  [() => "path", `http://${ENDLESS}/`],
];

describe("URLs that others have written", () => {
  for (const [write, base] of SPELLINGS) {
    it(`have no host that V8 takes long for: ${JSON.stringify(write("HOST"))}`, () => {
      assert.equal(parseWebUrl(write(ENDLESS), base), undefined);
      if (base?.startsWith("http://base") ?? true)
        assert.equal(parseWebUrl(write("é.example"), base)?.hostname, "xn--9ca.example");
    });
  }

  it("have a host of 2,048 characters, and not of one more", () => {
    assert.equal(parseWebUrl(`http://${host(2048)}/`)?.hostname.length, 2048);
    assert.equal(parseWebUrl(`http://${host(2049)}/`), undefined);
    assert.equal(parseWebUrl(`http://user@${host(2043)}:65535/`), undefined, "the port counts");
    assert.equal(isLongHost(`${host(2048)}\n\t\r`), false);
  });

  it("may be long elsewhere", () => {
    const long = ENDLESS.slice(0, 10_000);
    for (const text of [`http://x/${long}`, `http://x?${long}`, `http://x#${long}`, `http://${long}@x/`])
      assert.equal(parseWebUrl(text)?.hostname, "x");
    for (const text of [long, `?${long}`, `#${long}`, `/${long}`])
      assert.equal(parseWebUrl(text, "http://base/a/b")?.hostname, "base");
    for (const text of [`data:text/plain,${long}`, `file:///${long}`, `mailto:${long}`])
      assert.equal(parseWebUrl(text)?.hostname, "");
  });

  it("are none if the web platform says so", () => {
    assert.equal(parseWebUrl("x"), undefined);
    assert.equal(parseWebUrl("http://a b/"), undefined);
  });
});
