import { dropHeaders, dropsBody } from "../../../../fetch/redirect-rules.ts";
import { URL } from "../url/url.ts";
import type { Body } from "./body.ts";
import { Headers } from "./headers.ts";

/** One request of a `fetch`. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Body | null;
}

/**
 * The request to which a redirect leads (Fetch §4.4, HTTP-redirect fetch).
 *
 * @throws Failure if there is none
 */
export function nextHop(hop: Hop, status: number, location: string): Hop {
  const url = targetOf(location, hop.url);
  const isDropped = dropsBody(status, hop.method);
  const headers = new Headers(hop.headers);
  dropHeaders(headers, { isDropped, isSameOrigin: url.origin === hop.url.origin });
  return isDropped ? { url, method: "GET", headers, body: null } : { ...hop, url, headers };
}

function targetOf(location: string, base: URL): URL {
  const url = URL.parse(location, base.href);
  if (url === null) throw failed("the Location of a redirect is no URL");
  if (url.protocol !== "http:" && url.protocol !== "https:") throw failed("a redirect leads to no HTTP URL");
  // Otherwise a server could choose with which credentials another one is asked.
  if (url.username !== "" || url.password !== "") throw failed("the Location of a redirect has credentials");
  if (url.hash === "" && base.hash !== "") url.hash = base.hash;
  return url;
}

/** Why a `fetch` has failed, until its caller is told. */
export class Failure {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

export function failed(message: string, details: object = {}): Failure {
  return new Failure(Object.assign(new Error(message), details));
}
