import type { Origin } from "../transfer/policy.ts";

/** The default ports. A URL is written without them. */
export const DEFAULT_PORTS: Readonly<Record<Origin["scheme"], number>> = { http: 80, https: 443 };

/** Whether `url` has the origin for which the credentials and cookies were given. */
export function isSameOrigin(first: Origin, url: Origin): boolean {
  return first.hostname === url.hostname && first.port === url.port && first.scheme === url.scheme;
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

function bracketed(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
