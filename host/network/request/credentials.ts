import type { Credentials } from "../transfer/credentials.ts";
import type { Transfer } from "../transfer/transfer.ts";
import type { Url } from "../url/url.ts";

/**
 * The credentials of a request. Options and URL complete one another, an option first (libcurl 8.5): either may give
 * the name, either the password, and what neither gives is empty.
 *
 * @param login the URL whose credentials count: of a redirect that has none itself, the first URL of the transfer
 * @returns null where neither gives anything
 */
export function chooseCredentials(
  options: Pick<Transfer, "username" | "password">,
  login: Pick<Url, "username" | "password">,
): Credentials | null {
  const username = options.username ?? login.username;
  const password = options.password ?? login.password;
  if (username === null && password === null) return null;
  return { username: username ?? "", password: password ?? "" };
}

/** A caller's headers that may be secrets of the first origin: sent to it, and to no other that it redirects to. */
export const SECRET_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
]);
