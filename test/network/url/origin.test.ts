import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Origin } from "../../../host/network/transfer/policy.ts";
import { isSameOrigin } from "../../../host/network/url/origin.ts";

const ORIGIN: Origin = { scheme: "https", hostname: "a.test", port: 443 };

describe("isSameOrigin", () => {
  it("takes the scheme, the host and the port, all three", () => {
    assert.ok(isSameOrigin(ORIGIN, { ...ORIGIN }));
    const others: Partial<Origin>[] = [{ scheme: "http" }, { hostname: "b.test" }, { port: 444 }];
    for (const other of others) {
      assert.ok(!isSameOrigin(ORIGIN, { ...ORIGIN, ...other }), JSON.stringify(other));
      assert.ok(!isSameOrigin({ ...ORIGIN, ...other }, ORIGIN), JSON.stringify(other));
    }
  });
});
