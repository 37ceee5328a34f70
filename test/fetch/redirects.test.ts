import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nextHop } from "../../host/fetch/redirects.ts";

/** A Location, as it comes: one character for each byte. */
function follow(location: string): string {
  const hop = { url: new URL("http://a.example/b"), method: "GET", headers: new Headers(), body: null };
  return nextHop(hop, 302, Buffer.from(location).toString("latin1")).url.href;
}

describe("redirects of fetch", () => {
  it("lead where their Location says, in UTF-8", () => {
    assert.equal(follow("c?é"), "http://a.example/c?%C3%A9");
    assert.equal(follow("//é.example"), "http://xn--9ca.example/");
  });

  it("lead to no host for which V8 takes seconds", () => {
    const host = Array.from({ length: 30_000 }, (_, i) => String.fromCodePoint(0x4e00 + (i % 20_000))).join(
      "",
    );
    for (const location of [`http://${host}/`, `//${host}`, `https://user@${encodeURIComponent(host)}`])
      assert.throws(() => follow(location), { name: "TypeError", message: "fetch failed" });
    assert.match(follow(`/${host}`), /^http:\/\/a\.example\/%E4/);
  });
});
