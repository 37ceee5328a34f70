import { normalizeIpv4 } from "../url/hostname.ts";
import { readAddress } from "./address-ranges.ts";

/** Top-level names that are kept for networks without public names: RFC 6761 §6.3, 6762 §3, 8375 §3; ICANN's `internal`. */
const PRIVATE_SUFFIXES = ["localhost", "local", "home.arpa", "internal"];

/**
 * The form in which hosts are compared: a name without its final dots, an address in RFC 5952's form (with its zone).
 * `hostname` is what the URL parser gave, so that case and escapes are settled already. With several final dots no
 * resolver knows it, but a proxy may take all of them off (Squid does), and reads what is left: perhaps a number.
 */
export function comparableHost(hostname: string): string {
  if (!hostname.includes(":")) return withoutFinalDots(hostname);
  const zone = hostname.indexOf("%");
  const address = readAddress(hostname)?.toString() ?? hostname;
  return zone === -1 ? address : address + hostname.slice(zone);
}

function withoutFinalDots(hostname: string): string {
  if (!hostname.endsWith(".")) return hostname;
  let end = hostname.length;
  while (end > 0 && hostname[end - 1] === ".") end--;
  const bare = hostname.slice(0, end);
  return bare === "" ? hostname : (normalizeIpv4(bare) ?? bare);
}

/**
 * The names above a host, nearest first: `b.c` and `c` for `a.b.c`. Those longer than `longest` are left out: a host
 * of many kilobytes, one dot in two, must not take its time squared.
 */
export function parentNames(host: string, longest: number): string[] {
  const parents: string[] = [];
  const first = host.indexOf(".", Math.max(0, host.length - longest - 1));
  for (let dot = first; dot !== -1; dot = host.indexOf(".", dot + 1)) {
    parents.push(host.slice(dot + 1));
  }
  return parents;
}

/** Whether a host has an empty label, as `.example.com` and `a..b` have: there is no such name. */
export function hasEmptyLabel(host: string): boolean {
  return host.startsWith(".") || host.endsWith(".") || host.includes("..");
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
