import type { Body } from "../transfer/body.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import type { RequestLine } from "../transfer/policy.ts";
import { isSameOrigin } from "../url/origin.ts";
import type { Url } from "../url/url.ts";
import type { CallerHeaders } from "./headers.ts";

/** One request of a transfer: the first one, or one to which a redirect leads. */
export interface Hop {
  readonly url: Url;
  /** The first URL of the transfer. The caller's secrets are sent only to its origin. */
  readonly first: Url;
  /** The URL whose credentials count, see `chooseCredentials`. */
  readonly login: Pick<Url, "username" | "password">;
  readonly method: ByteString;
  /** null if there is none, or if a redirect dropped it. */
  readonly body: Body | null;
  /** The hash of the transfer's body, if `bodyToHash` returned the body and it was read. @default null */
  readonly payloadHash?: string | null;
  /** Headers that tell the server of the trace of the host: name, value, name, value. They are not signed. @default none */
  readonly trace?: readonly ByteString[];
}

/** What a policy sees of it besides the origin. */
export function lineOf({ method, url }: Hop): RequestLine {
  return { method, target: url.target };
}

/** Whether it goes to the first origin of the transfer. Then secrets are sent. */
export function isAtFirst({ first, url }: Hop): boolean {
  return first === url || isSameOrigin(first, url);
}

/**
 * The caller's Host header; null if that of the URL is sent. It is only for the first host: after a redirect to another
 * host, it is not used.
 */
export function ownHost({ host }: CallerHeaders, { first, url }: Hop): ByteString | null {
  return first.hostname === url.hostname ? host : null;
}
