/** Whoever sends one of these has a cache of its own. */
const CONDITIONS = ["if-modified-since", "if-none-match", "if-unmodified-since", "if-match", "if-range"];

/**
 * The headers of a request, with what its mode says to caches on the way (Fetch §4.6, HTTP-network-or-cache fetch). Here
 * is none.
 */
export function headersFor({ headers: given, cache }: Request): Headers {
  const headers = new Headers(given);
  const add = (name: string, value: string): void => {
    if (!headers.has(name)) headers.set(name, value);
  };
  const isConditional = CONDITIONS.some((name) => headers.has(name));
  const mode = cache === "default" && isConditional ? "no-store" : cache;
  if (mode === "no-cache") add("cache-control", "max-age=0");
  if (mode === "no-store" || mode === "reload") {
    add("pragma", "no-cache");
    add("cache-control", "no-cache");
  }
  return headers;
}
