import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSendableMethod } from "../../../host/network/transfer/tokens.ts";

describe("isSendableMethod", () => {
  it("takes any token but CONNECT", () => {
    for (const method of ["GET", "get", "PATCH", "M-SEARCH", "connect"])
      assert.equal(isSendableMethod(method), true);
    for (const method of ["", "CONNECT", "GE T", "GET\r\n", "G\0", "\xe9"])
      assert.equal(isSendableMethod(method), false);
  });
});
