import type { Origin } from "../transfer/policy.ts";

/** The default ports. A URL is written without them. */
export const DEFAULT_PORTS: Readonly<Record<Origin["scheme"], number>> = { http: 80, https: 443 };

/** An origin, and the host as it is written. */
interface Written extends Origin {
  /** With the port, unless it is the default port. */
  readonly host: string;
}

/** Whether `url` has the origin for which the credentials and cookies were given. As in libcurl, a final dot counts. */
export function isSameOrigin(first: Written, url: Written): boolean {
  const isSame = first.hostname === url.hostname && first.port === url.port && first.scheme === url.scheme;
  return isSame && hasFinalDot(first) === hasFinalDot(url);
}

function hasFinalDot({ host }: Written): boolean {
  return /\.(?::[0-9]+)?$/.test(host);
}

/** `host:port`, with an IPv6 address in brackets. */
export function formatHost({ hostname, port }: Pick<Origin, "hostname" | "port">): string {
  return `${bracketed(hostname)}:${port}`;
}

/** `scheme://host:port`, always with the port. */
export function formatOrigin(origin: Origin): string {
  return `${origin.scheme}://${formatHost(origin)}`;
}

/** `scheme://host[:port]`, as people write it: without the default port, and with the zone of an address escaped. */
export function formatShortOrigin({ scheme, hostname, port }: Origin): string {
  const host = bracketed(hostname.replace("%", "%25"));
  return `${scheme}://${host}${port === DEFAULT_PORTS[scheme] ? "" : `:${port}`}`;
}

/** The value of a Host header, whatever way the host is written: in lower case, without a final dot and a zone. */
export function plainHost({ scheme, hostname, port }: Origin): string {
  const host = bracketed(hostname.replace(/%.*/, ""));
  return port === DEFAULT_PORTS[scheme] ? host : `${host}:${port}`;
}

function bracketed(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
