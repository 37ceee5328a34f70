import type { Body } from "../transfer/body.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { isSameOrigin } from "../url/origin.ts";
import type { Url } from "../url/url.ts";

/** One request of a transfer: the first, or the one that a redirect leads to. */
export interface Hop {
  readonly url: Url;
  /** The first URL of the transfer: whose credentials and secrets go to it and to no other. */
  readonly first: Url;
  /** The URL whose credentials count, see `chooseCredentials`. */
  readonly login: Pick<Url, "username" | "password">;
  readonly method: ByteString;
  /** null also where a redirect dropped it. */
  readonly body: Body | null;
  /** Of the transfer's body, where `bodyToHash` gave it and it was read. @default null */
  readonly payloadHash?: string | null;
}

/** Whether it goes to where the transfer began, so that secrets go along. */
export function isAtFirst({ first, url }: Hop): boolean {
  return first === url || isSameOrigin(first, url);
}
