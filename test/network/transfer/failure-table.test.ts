import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../../host/api/errors.ts";
import { FAILURE_TABLE, type Phase, toFailure } from "../../../host/network/transfer/failure-table.ts";
import { SENTENCES, TransferFailure } from "../../../host/network/transfer/failures.ts";

/** Errors that undici 7 and Node 20 have reported. The tests `bad-peers`, `retry` and `endings` provoke them. */
const SEEN: [Phase, { code?: string; syscall?: string; message?: string }, ErrorCode][] = [
  ["connecting", { code: "ECONNREFUSED", syscall: "connect" }, "COULDNT_CONNECT"],
  ["sending", { code: "UND_ERR_INVALID_ARG" }, "BAD_FUNCTION_ARGUMENT"],
  ["sending", { code: "ERR_CONNECTION_GONE" }, "GOT_NOTHING"],
  ["waiting", { code: "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED" }, "SEND_ERROR"],
  ["sending", { code: "UND_ERR_SOCKET", message: "other side closed" }, "GOT_NOTHING"],
  ["waiting", { code: "UND_ERR_SOCKET", message: "other side closed" }, "GOT_NOTHING"],
  ["receiving", { code: "UND_ERR_SOCKET", message: "other side closed" }, "PARTIAL_FILE"],
  ["receiving", { code: "UND_ERR_RES_CONTENT_LENGTH_MISMATCH" }, "PARTIAL_FILE"],
  ["receiving", { message: "Response does not match … (Invalid EOF state)" }, "PARTIAL_FILE"],
  ["receiving", { message: "Response does not match … (Invalid character in chunk size)" }, "RECV_ERROR"],
  ["sending", { code: "EPIPE", syscall: "write" }, "SEND_ERROR"],
  ["sending", { code: "ECONNRESET", syscall: "write" }, "SEND_ERROR"],
  ["sending", { code: "ECONNRESET", syscall: "read" }, "RECV_ERROR"],
  ["receiving", { code: "ECONNRESET", syscall: "read" }, "RECV_ERROR"],
];

describe("toFailure", () => {
  it("knows what was seen, and keeps it as the cause", () => {
    for (const [phase, fields, code] of SEEN) {
      const error = Object.assign(new Error(fields.message), fields);
      const failure = toFailure(error, phase);
      assert.equal(failure.code, code, `${phase} ${JSON.stringify(fields)}`);
      assert.equal(failure.message, SENTENCES[code]);
      assert.equal(failure.cause, error);
    }
  });

  it("uses every row of its table", () => {
    const used = new Set(
      SEEN.map(([phase, fields]) => toFailure(Object.assign(new Error(fields.message), fields), phase).code),
    );
    for (const { result } of FAILURE_TABLE) assert.ok(used.has(result), result);
  });

  it("leaves a failure as it is, and takes anything else for one", () => {
    const failure = new TransferFailure("DENIED");
    assert.equal(toFailure(failure, "receiving"), failure);
    for (const thrown of [undefined, null, "text", 1, {}]) {
      assert.equal(toFailure(thrown, "receiving").code, "RECV_ERROR");
    }
  });
});
