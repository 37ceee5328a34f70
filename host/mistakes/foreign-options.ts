/**
 * Options of HSL's own `http()`, and what to use here instead. A name that ends with `*` means all names that begin so.
 */
const HSL_OPTIONS: readonly (readonly [name: string, advice: string])[] = [
  ["extended_result", "every result has a status or a code"],
  ["response_headers", "every result of a response has headers"],
  ["background*", "a call that is not awaited goes on by itself"],
  ["tls_default_ca", "the application decides who is trusted, with its option ca"],
  ["ssl_*", "the names are tls_verify_peer, tls_verify_host and tls_client_cert"],
  ["sourceipid", "sourceip takes an address or an interface"],
];

/** What to use instead of an option of HSL's `http()`; undefined if `name` is not one of these options. */
export function adviceForForeign(name: string): string | undefined {
  const row = HSL_OPTIONS.find(([known]) =>
    known.endsWith("*") ? name.startsWith(known.slice(0, -1)) : known === name,
  );
  return row?.[1];
}
