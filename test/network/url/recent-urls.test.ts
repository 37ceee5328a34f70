import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseUrlOnce } from "../../../host/network/url/recent-urls.ts";
import { parseUrl } from "../../../host/network/url/url.ts";

const padded = (length: number): string => "http://long.test/".padEnd(length, "x");

describe("a URL of an earlier call", () => {
  it("is parsed once, and is what it would be parsed to", () => {
    const text = "HTTP://user:pass@A.Test:81/b/../c?d#e";
    const url = parseUrlOnce(text);
    assert.deepEqual(url, parseUrl(text));
    assert.equal(parseUrlOnce(`${text.slice(0, 5)}${text.slice(5)}`), url);
    assert.notEqual(parseUrlOnce(`${text}f`), url);
  });

  it("is remembered up to 1,024 bytes", () => {
    assert.equal(parseUrlOnce(padded(1024)), parseUrlOnce(padded(1024)));
    assert.notEqual(parseUrlOnce(padded(1025)), parseUrlOnce(padded(1025)));
    assert.deepEqual(parseUrlOnce(padded(1025)), parseUrl(padded(1025)));
  });

  it("is forgotten after 256 others", () => {
    const visit = (others: number): void => {
      for (let number = 0; number < others; number++) parseUrlOnce(`http://other-${number}.test/`);
    };
    const first = parseUrlOnce("http://first.test/");
    visit(255);
    assert.equal(parseUrlOnce("http://first.test/"), first);
    visit(256);
    assert.notEqual(parseUrlOnce("http://first.test/"), first);
  });

  it("that is malformed fails every time", () => {
    for (let time = 0; time < 2; time++)
      assert.throws(() => parseUrlOnce("http://a b/"), { code: "URL_MALFORMAT" });
  });
});
