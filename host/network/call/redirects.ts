import type { Hop } from "../request/request.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { findValue } from "../transfer/header-fields.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { isSameOrigin } from "../url/origin.ts";
import { resolveLocation, type Url } from "../url/url.ts";

// A POST becomes a GET, as browsers made it (RFC 9110 §15.4.2 to §15.4.4); CURLOPT_POSTREDIR is not set.
const BODY_DROPPING: ReadonlySet<number> = new Set([301, 302, 303]);

/** Where a response of this status sends its client: any 3xx with a Location does; null for no redirect. */
export function redirectLocation(status: number, rawHeaders: readonly Buffer[]): ByteString | null {
  return status >= 300 && status <= 399 ? findValue(rawHeaders, "location") : null;
}

/**
 * The request that a redirect leads to.
 *
 * @param followed how many redirects were followed before
 * @throws TransferFailure TOO_MANY_REDIRECTS; URL_MALFORMAT, UNSUPPORTED_PROTOCOL; SEND_FAIL_REWIND where the body is
 * wanted again and cannot be read again
 */
export function followRedirect(
  transfer: Transfer,
  hop: Hop,
  response: { status: number; location: ByteString },
  followed: number,
): Hop {
  if (transfer.redirects >= 0 && followed >= transfer.redirects)
    throw new TransferFailure("TOO_MANY_REDIRECTS");
  const url = resolveLocation(hop.url, response.location);
  const { first } = hop;
  const login = loginOf(url, first);
  if (hop.body === null || !BODY_DROPPING.has(response.status)) {
    if (hop.body?.started && !hop.body.replayable) throw new TransferFailure("SEND_FAIL_REWIND");
    return { ...hop, url, login };
  }
  return { url, first, login, method: transfer.method ?? "GET", body: null };
}

/** A Location's own credentials count. At the first origin, the first URL's stand in for those that it does not have. */
function loginOf(url: Url, first: Url): Pick<Url, "username" | "password"> {
  if (!isSameOrigin(first, url)) return url;
  return { username: url.username ?? first.username, password: url.password ?? first.password };
}
