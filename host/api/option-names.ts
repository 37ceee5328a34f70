import type { CallOptions } from "./calls.ts";

/** What an option may be called, with the name that `tls_client_cert` has in older documentation of the original. */
export type OptionName = keyof CallOptions | "tls_verify_cert";

const NAMES: Readonly<Record<OptionName, true>> = {
  headers: true,
  method: true,
  timeout: true,
  connect_timeout: true,
  max_file_size: true,
  redirects: true,
  encoder: true,
  proxy: true,
  sourceip: true,
  username: true,
  password: true,
  aws_sigv4: true,
  tls_verify_peer: true,
  tls_verify_host: true,
  tls_client_cert: true,
  tls_verify_cert: true,
  http_version: true,
};

/** All names of options that the guest knows. */
export const OPTION_NAMES: readonly string[] = Object.keys(NAMES);
