import type { Credentials } from "../transfer/credentials.ts";
import type { Transfer } from "../transfer/transfer.ts";
import type { Url } from "../url/url.ts";

/**
 * The credentials of a request. The name may come from the option or from the URL, and so may the password. The option
 * comes first (libcurl 8.5). If neither gives one of the two, it is empty.
 *
 * @param login the URL whose credentials count. After a redirect without credentials, it is the first URL of the
 * transfer
 * @returns null if neither gives anything
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

/**
 * Headers of the caller that may be secrets for the first origin. They are not sent to another origin after a redirect.
 */
export const SECRET_HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
]);
