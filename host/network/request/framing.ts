import { type Destination, isForward } from "../route/destination.ts";
import type { Body } from "../transfer/body.ts";
import type { Transfer } from "../transfer/transfer.ts";
import type { CallerHeaders } from "./headers.ts";

/** Used instead of a length: the body is sent in chunks. */
export const CHUNKED = -1;
/** Used instead of a length: nothing says where the body ends. */
export const UNFRAMED = -2;

/**
 * How the body of a request is framed: its length in bytes, CHUNKED or UNFRAMED.
 *
 * If a head announces no body, a peer reads the body as another request. A policy would not see that request. So the
 * caller cannot remove the framing in the call of a script, and on the way to a forward proxy.
 */
export function framingOf(
  body: Body,
  caller: CallerHeaders,
  { isAlwaysFramed = false }: Transfer,
  destination: Destination,
): number {
  if (caller.chunked) return CHUNKED;
  // The original streams every File. It sends a length only if the caller's headers have one.
  const length = body.kind === "file" ? caller.contentLength : body.length;
  if (length >= 0) return length;
  return caller.isUnframed && !isAlwaysFramed && !isForward(destination) ? UNFRAMED : CHUNKED;
}
