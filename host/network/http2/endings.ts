import { constants } from "node:http2";
import type { Retry } from "../exchange/exchange.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { isViolation, SessionError } from "./session-error.ts";

const { NGHTTP2_HTTP_1_1_REQUIRED, NGHTTP2_NO_ERROR, NGHTTP2_REFUSED_STREAM } = constants;

/** What is known of a stream that has closed before its response was complete. */
export interface ClosedStream {
  /** Its number; undefined if it was never sent. */
  readonly id: number | undefined;
  readonly code: number;
  /** What Node reports. */
  readonly error: (Error & { code?: unknown }) | null;
  readonly hasHead: boolean;
  /** Whether the connection is closed. */
  readonly isGone: boolean;
  /** See `Session.lastProcessed`. */
  readonly lastProcessed: number;
  /** Whether the connection had been used before, and the request may not have reached the peer, or can be repeated. */
  readonly isStale: boolean;
}

/** How an exchange ends: with what came so far, or with an error, and perhaps another try. */
export type Ending = "complete" | { readonly error: Error; readonly retry: Retry | null };

/** What a closed stream means, as in libcurl (http2_handle_stream_close, stream_recv, Curl_retry_request). */
export function endingOf(stream: ClosedStream): Ending {
  const { id, code, error, hasHead } = stream;
  const isBeyond = id === undefined || id > stream.lastProcessed;
  if (!hasHead && (isBeyond || code === NGHTTP2_REFUSED_STREAM)) {
    const hasServed = isBeyond && stream.lastProcessed > 0 && Number.isFinite(stream.lastProcessed);
    return { error: new SessionError("ERR_HTTP2_REFUSED"), retry: hasServed ? "in turn" : "elsewhere" };
  }
  if (error !== null && isViolation(error)) return failed("HTTP2", error);
  if (stream.isGone || isOfSession(error)) return endOfConnection(stream);
  if (code === NGHTTP2_HTTP_1_1_REQUIRED && !hasHead)
    return { error: new SessionError("ERR_HTTP2_HTTP_1_1_REQUIRED"), retry: "http/1.1" };
  if (hasHead && code === NGHTTP2_NO_ERROR) return "complete";
  return failed("HTTP2_STREAM", error ?? undefined);
}

function endOfConnection({ error, hasHead, isStale }: ClosedStream): Ending {
  if (!hasHead && isStale) return { error: error ?? new SessionError("ERR_HTTP2_GONE"), retry: "elsewhere" };
  if (error !== null && isOfSocket(error)) return failed("RECV_ERROR", error);
  return failed(hasHead ? "PARTIAL_FILE" : "RECV_ERROR", error ?? new SessionError("ERR_HTTP2_GONE"));
}

function failed(code: "HTTP2" | "HTTP2_STREAM" | "RECV_ERROR" | "PARTIAL_FILE", cause?: unknown): Ending {
  return { error: new TransferFailure(code, cause), retry: null };
}

/** Whether the whole session has ended. */
function isOfSession(error: ClosedStream["error"]): boolean {
  return error !== null && error.code !== "ERR_HTTP2_STREAM_ERROR";
}

function isOfSocket(error: Error): boolean {
  return "syscall" in error;
}
