import { isIP } from "node:net";
import ipaddr from "ipaddr.js";

/** An IP address without its zone. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network in CIDR notation, parsed. */
export type AddressRange = readonly [network: Address, bits: number];

const range = (text: string): AddressRange => ipaddr.parseCIDR(text);

/** Ranges that the library calls special, although the IANA registries call them globally reachable. */
const REACHABLE_KINDS: ReadonlySet<string> = new Set([
  "unicast",
  "amt", // RFC 7450
  "as112", // RFC 7534, 7535
  "as112v6",
  "orchid2", // RFC 7343
  "droneRemoteIdProtocolEntityTags", // RFC 9374
]);

/** Single reachable addresses inside ranges that are otherwise not reachable (RFC 7723, 8155, 9665). */
const REACHABLE = ["192.0.0.9/32", "192.0.0.10/32", "2001:1::1/128", "2001:1::2/127"].map(range);

/** The address of Azure's metadata service, which looks public. Other clouds use addresses in special ranges. */
const METADATA = range("168.63.129.16/32");

const UNSPECIFIED = ["0.0.0.0/32", "::/128"].map(range);
const LOOPBACK_4 = ipaddr.IPv4.parse("127.0.0.1");
const LOOPBACK_6 = ipaddr.IPv6.parse("::1");

/** RFC 3513 §2.4: no other part of IPv6 is assigned to global unicast. */
const GLOBAL_UNICAST = range("2000::/3");

/** Ranges of IPv6 addresses that contain an IPv4 address, and the positions of its four bytes. */
const CARRIERS: readonly { range: AddressRange; at: readonly number[]; inverted?: boolean }[] = [
  { range: range("::ffff:0:0/96"), at: [12, 13, 14, 15] }, // mapped, RFC 4291 §2.5.5.2
  { range: range("::/96"), at: [12, 13, 14, 15] }, // compatible, RFC 4291 §2.5.5.1
  { range: range("::ffff:0:0:0/96"), at: [12, 13, 14, 15] }, // translated, RFC 2765 §2.1
  { range: range("64:ff9b::/96"), at: [12, 13, 14, 15] }, // NAT64, RFC 6052 §2.1
  // NAT64 of a local network (RFC 8215). Its prefix may have any length of RFC 6052 §2.2.
  { range: range("64:ff9b:1::/48"), at: [12, 13, 14, 15] },
  { range: range("64:ff9b:1::/48"), at: [9, 10, 11, 12] },
  { range: range("64:ff9b:1::/48"), at: [7, 9, 10, 11] },
  { range: range("64:ff9b:1::/48"), at: [6, 7, 9, 10] },
  { range: range("2002::/16"), at: [2, 3, 4, 5] }, // 6to4, RFC 3056 §2
  { range: range("2001::/32"), at: [4, 5, 6, 7] }, // the server of Teredo, RFC 4380 §4
  { range: range("2001::/32"), at: [12, 13, 14, 15], inverted: true }, // its client
];

/**
 * Reads an address that `net.isIP` accepts, without its zone; null for anything else.
 * A dotted end is rewritten first, because the library reads `::127.0.0.1` as a mapped address.
 */
export function readAddress(text: string): Address | null {
  const [bare = ""] = text.split("%", 1);
  const family = isIP(bare);
  if (family === 0) return null;
  if (family === 4) return ipaddr.IPv4.parse(bare);
  return ipaddr.IPv6.parse(withoutDots(bare));
}

/** Writes a dotted end as two groups of sixteen bits. */
function withoutDots(address: string): string {
  if (!address.includes(".")) return address;
  const start = address.lastIndexOf(":") + 1;
  const [a = 0, b = 0, c = 0, d = 0] = address.slice(start).split(".").map(Number);
  const high = (a << 8) | b;
  const low = (c << 8) | d;
  return `${address.slice(0, start)}${high.toString(16)}:${low.toString(16)}`;
}

/** Reads `ADDRESS/BITS` or `ADDRESS`; null for anything else. A range of mapped addresses becomes the IPv4 range. */
export function readRange(text: string): AddressRange | null {
  const [, start = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const network = readAddress(start);
  if (network === null) return null;
  const most = network.kind() === "ipv4" ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (length > most) return null;
  if (network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && length >= 96) {
    return [network.toIPv4Address(), length - 96];
  }
  return [network, length];
}

/**
 * The address, then every IPv4 address that it contains, and loopback for an unspecified one. A connection may end at any of
 * them.
 */
export function addressForms(address: Address): readonly Address[] {
  const bytes = address.toByteArray();
  const forms = [address];
  for (const { range, at, inverted = false } of CARRIERS) {
    if (isInRange(address, range)) forms.push(carried(bytes, at, inverted));
  }
  if (isIsatap(bytes)) forms.push(carried(bytes, [12, 13, 14, 15], false));
  return withLoopback(forms);
}

/** A connection to the unspecified address ends at loopback. */
function withLoopback(forms: readonly Address[]): readonly Address[] {
  const unspecified = forms.filter((form) => UNSPECIFIED.some((one) => isInRange(form, one)));
  return [...forms, ...unspecified.map((form) => (form.kind() === "ipv4" ? LOOPBACK_4 : LOOPBACK_6))];
}

/** Whether an address is in a range. IPv4 addresses that it contains do not count. */
export function isInRange(address: Address, range: AddressRange): boolean {
  return address.kind() === range[0].kind() && address.match(range[0], range[1]);
}

/** The range because of which one of the forms is not globally routable; null if all forms are. */
export function privateRange(forms: readonly Address[]): string | null {
  for (const form of forms) {
    const name = specialRange(form);
    if (name !== null) return name;
  }
  return null;
}

function specialRange(address: Address): string | null {
  if (isInRange(address, METADATA)) return "metadata";
  const kind = address.range();
  if (!REACHABLE_KINDS.has(kind)) return REACHABLE.some((one) => isInRange(address, one)) ? null : kind;
  return address.kind() === "ipv6" && !isInRange(address, GLOBAL_UNICAST) ? "unassigned" : null;
}

function carried(bytes: readonly number[], at: readonly number[], inverted: boolean): Address {
  return new ipaddr.IPv4(at.map((index) => (bytes[index] as number) ^ (inverted ? 0xff : 0)));
}

/** RFC 5214 §6.1: any prefix, then 0000:5efe or 0200:5efe, then an IPv4 address. */
function isIsatap(bytes: readonly number[]): boolean {
  const [high, zero, five, efe] = bytes.slice(8);
  return (high === 0 || high === 2) && zero === 0 && five === 0x5e && efe === 0xfe;
}
