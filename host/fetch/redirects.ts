import { parseWebUrl } from "../api/web-url.ts";
import type { Hop } from "./hop.ts";
import { dropHeaders, dropsBody } from "./redirect-rules.ts";

/**
 * The request to which a redirect leads (Fetch §4.4, HTTP-redirect fetch).
 *
 * @throws TypeError if there is none
 */
export function nextHop(hop: Hop, status: number, location: string): Hop {
  const url = targetOf(location, hop.url);
  const isDropped = dropsBody(status, hop.method);
  if (!isDropped && hop.body?.isReplayable === false)
    throw failed("the body of the request cannot be sent again after a redirect");
  const headers = new Headers(hop.headers);
  dropHeaders(headers, { isDropped, isSameOrigin: url.origin === hop.url.origin });
  return isDropped ? { url, method: "GET", headers, body: null } : { ...hop, url, headers };
}

/** @param location one character for each byte. Browsers and Node read them as UTF-8. */
function targetOf(location: string, base: URL): URL {
  const url = parseWebUrl(Buffer.from(location, "latin1").toString(), base);
  if (url === undefined) throw failed("the Location of a redirect is no URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") throw failed("a redirect leads to no HTTP URL");
  // Otherwise a server could choose with which credentials another one is asked.
  if (url.username !== "" || url.password !== "") throw failed("the Location of a redirect has credentials");
  return url;
}

function failed(message: string): TypeError {
  return new TypeError("fetch failed", { cause: new Error(message) });
}
