import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Answered, CallOptions, Result } from "../../host/index.ts";

// The compiler checks these: none of them compiles if the result does not narrow.

function byError(result: Result): number | string {
  if (result.error) return result.code;
  return result.status + result.content.length;
}

function byUndefined(result: Result): number | string {
  return result.error === undefined ? result.content.length : result.error.length;
}

function byPresence(result: Result): number | string {
  if ("error" in result) return String(result.error);
  return result.content.length;
}

function byStatus(result: Result): number | string {
  if (result.status === undefined) return result.code;
  return result.content.length;
}

function byTruth(result: Result): number | string {
  if (!result.status) return result.error ?? "";
  return result.content.length;
}

function byCode(result: Result): number | string {
  switch (result.code) {
    case undefined:
      return result.content.length;
    case "DENIED":
      return result.error;
    default:
      return result.cause?.message ?? "";
  }
}

const ABSENT: CallOptions = {
  headers: undefined,
  timeout: undefined,
  proxy: undefined,
  tls_verify_peer: undefined,
  tls_client_cert: undefined,
};

describe("the type of a result", () => {
  it("narrows by its error, its code and its status", () => {
    const answered: Result = { status: 200, content: Buffer.from("ok") } as Answered;
    const failed: Result = { error: "Request denied by policy", code: "DENIED" };
    for (const narrow of [byError, byUndefined, byPresence, byStatus, byTruth, byCode]) {
      assert.equal(typeof narrow(answered), "number", narrow.name);
      assert.notEqual(narrow(failed), 2, narrow.name);
    }
    assert.equal(Object.values(ABSENT).length, 5);
  });
});
