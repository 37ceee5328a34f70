import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseUrl, setUrl } from "../../../host/script/compute/urls.ts";

/** V8 needs minutes for this. */
const ENDLESS = Array.from({ length: 300_000 }, (_, i) => String.fromCodePoint(0x4e00 + (i % 20_000))).join(
  "",
);
const hrefOf = (json: string | undefined): string | undefined => json && JSON.parse(json).href;

describe("URLs of scripts", () => {
  it("have no host that V8 takes long for, however it is set", () => {
    assert.equal(parseUrl(`http://${ENDLESS}/`, undefined), undefined);
    assert.equal(setUrl("http://x/", "href", `http://${ENDLESS}/`), undefined);
    for (const part of ["host", "hostname"])
      assert.equal(hrefOf(setUrl("http://x/a", part, `${ENDLESS}/b`)), "http://x/a");
  });

  it("are set part by part", () => {
    assert.equal(hrefOf(setUrl("http://x/a", "host", "é.example:81/b")), "http://xn--9ca.example:81/a");
    assert.equal(hrefOf(setUrl("http://x/a", "hostname", "y?q")), "http://y/a");
    assert.equal(hrefOf(setUrl("http://x/a", "href", "http://z/")), "http://z/");
    assert.equal(hrefOf(setUrl("http://x/a", "pathname", `/${ENDLESS}`))?.length, 300_000 * 9 + 9);
    assert.equal(setUrl("http://x/a", "href", "no URL"), undefined);
    assert.equal(setUrl("http://x/a", "origin", "http://y"), undefined);
    assert.equal(setUrl("http://x/a", "constructor", "y"), undefined);
  });
});
