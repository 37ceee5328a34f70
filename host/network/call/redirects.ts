import type { Hop } from "../request/hop.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { findValue, type RawFields } from "../transfer/header-fields.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { isSameOrigin } from "../url/origin.ts";
import { resolveLocation, type Url } from "../url/url.ts";

// A POST becomes a GET, as in browsers (RFC 9110 §15.4.2 to §15.4.4), because the original does not set
// CURLOPT_POSTREDIR.
const BODY_DROPPING: ReadonlySet<number> = new Set([301, 302, 303]);

/** The Location of a redirect; null if the response is not a redirect. Any 3xx with a Location is one. */
export function redirectLocation(status: number, fields: RawFields): ByteString | null {
  return status >= 300 && status <= 399 ? findValue(fields, "location") : null;
}

/**
 * Makes the request to which a redirect leads.
 *
 * @param followed how many redirects were followed before
 * @throws TransferFailure TOO_MANY_REDIRECTS; URL_MALFORMAT, UNSUPPORTED_PROTOCOL; SEND_FAIL_REWIND if the body must be
 * sent again but cannot be read again
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
  const login = loginOf(url, hop.first);
  if (hop.body === null || !BODY_DROPPING.has(response.status)) {
    if (hop.body?.started && !hop.body.replayable) throw new TransferFailure("SEND_FAIL_REWIND");
    return { ...hop, url, login };
  }
  // libcurl sends the hash of a string even if the string itself is not sent any more.
  return { ...hop, url, login, method: transfer.method ?? "GET", body: null };
}

/** The credentials of the Location. If its origin is that of the first URL, the first URL gives what is missing. */
function loginOf(url: Url, first: Url): Pick<Url, "username" | "password"> {
  if (!isSameOrigin(first, url)) return url;
  return { username: url.username ?? first.username, password: url.password ?? first.password };
}
