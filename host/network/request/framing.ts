import { type Destination, isForward } from "../route/destination.ts";
import type { Body } from "../transfer/body.ts";
import type { Transfer } from "../transfer/transfer.ts";
import type { CallerHeaders } from "./headers.ts";

/** In place of a length: the body is sent in chunks. */
export const CHUNKED = -1;
/** In place of a length: nothing says where the body ends. */
export const UNFRAMED = -2;

/**
 * How the body of a request is framed: its length in bytes, CHUNKED or UNFRAMED.
 *
 * Behind a head that announces no body, the body reads like another request. So the caller cannot remove the framing where
 * that request would go past a policy: in the call of a script, and on the way to a forward proxy.
 */
export function framingOf(
  body: Body,
  caller: CallerHeaders,
  { isAlwaysFramed = false }: Transfer,
  destination: Destination,
): number {
  if (caller.chunked) return CHUNKED;
  // The original streams every File. It says how long one is only where the caller did.
  const length = body.kind === "file" ? caller.contentLength : body.length;
  if (length >= 0) return length;
  return caller.isUnframed && !isAlwaysFramed && !isForward(destination) ? UNFRAMED : CHUNKED;
}
