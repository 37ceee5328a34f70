import { LONGEST_TIMER_MS } from "../../lifetime/deadline.ts";
import type { PerformOptions } from "../transfer/perform-options.ts";
import type { Transfer } from "../transfer/transfer.ts";

/** What is left of a limit that is over: 0 would mean no limit. */
const LEAST_MS = 1;
// The default of CURLOPT_CONNECTTIMEOUT.
const DEFAULT_CONNECT_TIMEOUT_S = 300;
/** The most that libcurl accepts of heads in one transfer, with all its redirects (Curl_bump_headersize). */
export const MOST_HEAD_BYTES = 20 * 300 * 1024;

/** How often one request is sent again, because a connection was gone or a server refused it (CONN_MAX_RETRIES). */
export const MOST_RETRIES = 5;

/** What is left of the time limits of the whole call, from its option and from `PerformOptions`; 0 means no limit. */
export function callLimitMs(
  { timeout }: Transfer,
  { timeoutMs = 0, waitedMs = 0 }: Pick<PerformOptions, "timeoutMs" | "waitedMs">,
): number {
  const ownMs = timeout * 1000;
  const limitMs = ownMs > 0 && timeoutMs > 0 ? Math.min(ownMs, timeoutMs) : Math.max(ownMs, timeoutMs);
  return limitMs > 0 ? Math.max(LEAST_MS, limitMs - waitedMs) : 0;
}

/** The time limit of each connection, in milliseconds. It is not longer than a timer can wait. */
export function connectLimitMs({ connectTimeout }: Transfer): number {
  return Math.min((connectTimeout || DEFAULT_CONNECT_TIMEOUT_S) * 1000, LONGEST_TIMER_MS);
}
