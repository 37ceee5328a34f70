import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSameOrigin } from "../../../host/network/url/origin.ts";
import { parseUrl } from "../../../host/network/url/url.ts";

const ORIGIN = "https://a.test/";

describe("isSameOrigin", () => {
  it("takes the scheme, the host and the port, all three, and a final dot", () => {
    const same = ["https://a.test", "HTTPS://A.Test:443/x?y", "https://u:p@a.test/"];
    for (const other of same) assert.ok(isSameOrigin(parseUrl(ORIGIN), parseUrl(other)), other);
    const others = ["http://a.test:443/", "https://b.test/", "https://a.test:444/", "https://a.test./"];
    for (const other of others) {
      assert.ok(!isSameOrigin(parseUrl(ORIGIN), parseUrl(other)), other);
      assert.ok(!isSameOrigin(parseUrl(other), parseUrl(ORIGIN)), other);
    }
    assert.ok(isSameOrigin(parseUrl("http://a.test.:81/"), parseUrl("http://a.test.:81/b")));
    assert.ok(!isSameOrigin(parseUrl("http://a.test.:81/"), parseUrl("http://a.test:81/")));
  });
});
