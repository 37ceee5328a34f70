import { normalizeIpv4 } from "../url/hostname.ts";
import { readAddress } from "./address-ranges.ts";

/** Names reserved for private networks: RFC 6761 §6.3, RFC 6762 §3, RFC 8375 §3, and `internal` by ICANN. */
const PRIVATE_SUFFIXES = ["localhost", "local", "home.arpa", "internal"];

/**
 * The form in which hosts are compared: a name without its final dots, an address in the form of RFC 5952 (with its
 * zone). `hostname` comes from the URL parser, so it is in lower case and has no escapes. No resolver knows a name with
 * several final dots. But a proxy may remove all of them (Squid does), and the rest may be a number, which is an
 * address.
 */
export function comparableHost(hostname: string): string {
  if (!hostname.includes(":")) return withoutFinalDots(hostname);
  const zone = hostname.indexOf("%");
  const address = readAddress(hostname)?.toString() ?? hostname;
  return zone === -1 ? address : address + hostname.slice(zone);
}

function withoutFinalDots(hostname: string): string {
  let end = hostname.length;
  while (end > 0 && hostname[end - 1] === ".") end--;
  const bare = hostname.slice(0, end);
  return bare === "" ? hostname : (normalizeIpv4(bare) ?? bare);
}

/**
 * The names above a host, nearest first: `b.c` and `c` for `a.b.c`. Names longer than `longest` are left out. Otherwise
 * a host of many kilobytes, in which every second character is a dot, would need time of its length squared.
 */
export function parentNames(host: string, longest: number): string[] {
  const parents: string[] = [];
  const first = host.indexOf(".", Math.max(0, host.length - longest - 1));
  for (let dot = first; dot !== -1; dot = host.indexOf(".", dot + 1)) {
    parents.push(host.slice(dot + 1));
  }
  return parents;
}

/** Whether a host has an empty label, such as `.example.com` and `a..b`. No host name has one. */
export function hasEmptyLabel(host: string): boolean {
  return host.startsWith(".") || host.endsWith(".") || host.includes("..");
}

/** Why a name is private, whatever its addresses are; null for an address, and for a name that may be public. */
export function privateName(host: string): string | null {
  if (PRIVATE_SUFFIXES.some((suffix) => host === suffix || host.endsWith(`.${suffix}`))) return "local name";
  return isNumeric(host) && readAddress(host) === null ? "numeric name" : null;
}

/**
 * Whether a host is an address, or a name that a resolver may read as an address. It is, if the last label is a number:
 * every spelling of an IPv4 address ends with a number, and no public name does.
 */
export function isNumeric(host: string): boolean {
  return host.includes(":") || /(^|\.)(\d+|0x[\da-f]*)\.?$/i.test(host);
}
