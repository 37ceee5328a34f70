import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ClosedStream, endingOf } from "../../../host/network/http2/endings.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";

const NO_ERROR = 0;
const PROTOCOL_ERROR = 1;
const REFUSED = 7;
const HTTP_1_1_REQUIRED = 13;

/** A stream that its peer has closed without an error, before the head came. */
const CLOSED: ClosedStream = {
  id: 3,
  code: NO_ERROR,
  error: null,
  hasHead: false,
  isGone: false,
  lastProcessed: Number.POSITIVE_INFINITY,
  isStale: false,
};
const OF_STREAM = Object.assign(new Error("a stream"), { code: "ERR_HTTP2_STREAM_ERROR" });
const OF_SESSION = Object.assign(new Error("a session"), { code: "ERR_HTTP2_SESSION_ERROR" });
const OF_PROTOCOL = Object.assign(new Error("frames"), { code: "ERR_HTTP2_ERROR" });
const OF_SOCKET = Object.assign(new Error("a socket"), { code: "ECONNRESET", syscall: "read" });
const head = { hasHead: true };

/** What is known of a stream, the code of its error, and how it is tried again. */
const ENDINGS: readonly (readonly [known: Partial<ClosedStream>, code: string, retry?: string])[] = [
  [head, "complete"],
  [{ ...head, id: 5, lastProcessed: 3 }, "complete"],
  [{ ...head, code: REFUSED }, "HTTP2_STREAM"],
  [{ ...head, code: HTTP_1_1_REQUIRED }, "HTTP2_STREAM"],
  [{ ...head, code: PROTOCOL_ERROR, error: OF_STREAM }, "HTTP2_STREAM"],
  [{}, "HTTP2_STREAM"],
  [{ error: OF_STREAM }, "HTTP2_STREAM"],
  [{ code: HTTP_1_1_REQUIRED }, "ERR_HTTP2_HTTP_1_1_REQUIRED", "http/1.1"],
  // The peer has not processed it: it says so, or its last number does. A stream without a number was never sent.
  [{ code: REFUSED }, "ERR_HTTP2_REFUSED", "elsewhere"],
  [{ code: REFUSED, lastProcessed: 3 }, "ERR_HTTP2_REFUSED", "elsewhere"],
  [{ lastProcessed: 3 }, "HTTP2_STREAM"],
  [{ lastProcessed: 2 }, "ERR_HTTP2_REFUSED", "in turn"],
  [{ lastProcessed: 1 }, "ERR_HTTP2_REFUSED", "in turn"],
  [{ lastProcessed: 0 }, "ERR_HTTP2_REFUSED", "elsewhere"],
  [{ id: undefined }, "ERR_HTTP2_REFUSED", "elsewhere"],
  [{ id: undefined, lastProcessed: 1 }, "ERR_HTTP2_REFUSED", "in turn"],
  [{ error: OF_PROTOCOL }, "HTTP2"],
  [{ ...head, error: OF_PROTOCOL, isGone: true, isStale: true }, "HTTP2"],
  // The connection has ended.
  [{ isGone: true }, "RECV_ERROR"],
  [{ isGone: true, isStale: true }, "ERR_HTTP2_GONE", "elsewhere"],
  [{ ...head, isGone: true }, "PARTIAL_FILE"],
  [{ ...head, isGone: true, isStale: true }, "PARTIAL_FILE"],
  [{ error: OF_SESSION }, "RECV_ERROR"],
  [{ ...head, error: OF_SESSION }, "PARTIAL_FILE"],
  [{ error: OF_SESSION, isStale: true }, "ERR_HTTP2_SESSION_ERROR", "elsewhere"],
  [{ error: OF_STREAM, isGone: true, isStale: true }, "ERR_HTTP2_STREAM_ERROR", "elsewhere"],
  [{ error: OF_SOCKET }, "RECV_ERROR"],
  [{ ...head, error: OF_SOCKET }, "RECV_ERROR"],
  [{ error: OF_SOCKET, isStale: true }, "ECONNRESET", "elsewhere"],
];

const show = (known: Partial<ClosedStream>): string =>
  Object.entries(known)
    .map(([name, value]) => `${name} ${(value as { message?: string } | null)?.message ?? value}`)
    .join(", ");

describe("a closed stream means", () => {
  for (const [known, code, retry = null] of ENDINGS) {
    it(`${code}${retry === null ? "" : `, again ${retry}`}: ${show(known)}`, () => {
      const ending = endingOf({ ...CLOSED, ...known });
      if (ending === "complete") return assert.equal(ending, code);
      const { error } = ending as { error: Error & { code?: string } };
      assert.deepEqual([error.code, ending.retry], [code, retry]);
      if (error instanceof TransferFailure && known.error) assert.equal(error.cause, known.error);
    });
  }
});
