import type { FetchOptions } from "../api/calls.ts";
import { HttpBackgroundError } from "../api/errors.ts";

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

/**
 * A copy of the options of a `fetch`. Their values are checked with each call.
 *
 * @throws HttpBackgroundError BAD_ARGUMENT for a name that is not one of them
 */
export function readFetchOptions(options: FetchOptions): FetchOptions {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(NAMES, name));
  if (unknown === undefined) return { ...options };
  const message = `Bad fetch options: "${unknown}" is unknown; the names are ${Object.keys(NAMES).join(", ")}`;
  throw new HttpBackgroundError("BAD_ARGUMENT", message, { option: unknown });
}
