import type { Hop } from "./hop.ts";

const STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const OF_BODY = [
  "content-encoding",
  "content-language",
  "content-location",
  "content-type",
  "content-length",
];
/** What was meant for one origin. */
const OF_ORIGIN = ["authorization", "proxy-authorization", "cookie", "host"];

export function isRedirect(status: number): boolean {
  return STATUSES.has(status);
}

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
  if (isDropped) for (const name of OF_BODY) headers.delete(name);
  if (url.origin !== hop.url.origin) for (const name of OF_ORIGIN) headers.delete(name);
  return isDropped ? { url, method: "GET", headers, body: null } : { ...hop, url, headers };
}

function dropsBody(status: number, method: string): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

/** @param location one character for each byte. Browsers and Node read them as UTF-8. */
function targetOf(location: string, base: URL): URL {
  const text = Buffer.from(location, "latin1").toString();
  if (!URL.canParse(text, base.href)) throw failed("the Location of a redirect is no URL");
  const url = new URL(text, base);
  if (url.protocol !== "http:" && url.protocol !== "https:") throw failed("a redirect leads to no HTTP URL");
  return url;
}

function failed(message: string): TypeError {
  return new TypeError("fetch failed", { cause: new Error(message) });
}
