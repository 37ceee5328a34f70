import type { FetchOptions } from "../api/calls.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import { isKeyed } from "../api/keyed.ts";

const NAMES: Readonly<Record<keyof FetchOptions, true>> = {
  timeout: true,
  connect_timeout: true,
  max_file_size: true,
  proxy: true,
  sourceip: true,
  http_version: true,
  tls_verify_peer: true,
  tls_verify_host: true,
  tls_client_cert: true,
};
const LISTED = Object.keys(NAMES).join(", ");

/**
 * A copy of the options of a `fetch`. Their values are checked with each call.
 *
 * @throws HttpBackgroundError BAD_ARGUMENT if they are no object, or for a name that is not one of them
 */
export function readFetchOptions(options: FetchOptions): FetchOptions {
  if (!isKeyed(options)) throw bad("options", `it must be an object; the names are ${LISTED}`);
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(NAMES, name));
  if (unknown === undefined) return { ...options };
  throw bad(unknown, `"${unknown}" is unknown; the names are ${LISTED}`);
}

function bad(option: string, why: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", `Bad fetch options: ${why}`, { option });
}
