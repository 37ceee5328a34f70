import { readAddress } from "./address-ranges.ts";

/** Top-level names that are kept for networks without public names: RFC 6761 §6.3, 6762 §3, 8375 §3; ICANN's `internal`. */
const PRIVATE_SUFFIXES = ["localhost", "local", "home.arpa", "internal"];

/**
 * The form in which hosts are compared: a name without its final dot, an address in RFC 5952's form (with its zone).
 * `hostname` is what the URL parser gave, so that case, escapes and numeric spellings are settled already.
 */
export function comparableHost(hostname: string): string {
  if (!hostname.includes(":")) return hostname.endsWith(".") ? hostname.slice(0, -1) : hostname;
  const zone = hostname.indexOf("%");
  const address = readAddress(hostname)?.toString() ?? hostname;
  return zone === -1 ? address : address + hostname.slice(zone);
}

/** The names above a host, nearest first: `b.c` and `c` for `a.b.c`. */
export function parentNames(host: string): string[] {
  const parents: string[] = [];
  for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) {
    parents.push(host.slice(dot + 1));
  }
  return parents;
}

/** Why a name, whatever it resolves to, is not a public one; null for a name that may be, and for an address. */
export function privateName(host: string): string | null {
  if (PRIVATE_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))) return "local name";
  return isNumeric(host) && readAddress(host) === null ? "numeric name" : null;
}

/**
 * Whether a host is an address, or a name that some resolver may take for one. No public name ends in a number:
 * the last label of an address in any IPv4 spelling does.
 */
export function isNumeric(host: string): boolean {
  return host.includes(":") || /(^|\.)(\d+|0x[\da-f]*)\.?$/i.test(host);
}
