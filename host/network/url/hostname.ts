import { isIPv4, isIPv6, SocketAddress } from "node:net";
import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { toAsciiName } from "./international-name.ts";

/** The host of a URL, in two forms. */
export interface ParsedHost {
  /** The form for lookups, connections, verification and comparison; see `Url.hostname`. */
  hostname: string;
  /** The form for the Host header and CONNECT: with the brackets, the case and the trailing dot that the URL has. */
  text: ByteString;
}

// The characters that curl refuses in a name, and DEL, which no header may contain. A percent sign that is still here
// after decoding began no valid escape.
const FORBIDDEN = /[\0-\x20:/#?!@{}[\]\\$'"^`*<>=;,+&()%\x7f]/;
const MAX_NAME_LENGTH = 0xffff;

/**
 * Parses the host of an authority, without the port: a name, numeric IPv4 in any form of inet_aton, or IPv6 in
 * brackets.
 *
 * @throws TransferFailure URL_MALFORMAT
 */
export function parseHost(text: ByteString): ParsedHost {
  if (text.startsWith("[")) return parseIpv6(text);
  const numeric = normalizeIpv4(text);
  if (numeric !== null) return { hostname: numeric, text: numeric };
  if (text.length > 3 * MAX_NAME_LENGTH) throw malformed();
  return parseName(decodePercents(text));
}

function parseName(decoded: ByteString): ParsedHost {
  if (decoded.length === 0 || decoded.length > MAX_NAME_LENGTH || FORBIDDEN.test(decoded)) throw malformed();
  const name = toAsciiName(decoded);
  // UTS 46 maps some characters to several others, and these may be forbidden.
  if (name !== decoded && FORBIDDEN.test(name)) throw malformed();
  // A name with escapes or with digits of other scripts may be an address now. It is dialled as an address, so policies
  // must compare it as an address too.
  const numeric = normalizeIpv4(name);
  if (numeric !== null) return { hostname: numeric, text: numeric };
  return { hostname: withoutTrailingDot(name.toLowerCase()), text: name };
}

/** "example.com." becomes "example.com". As in curl, "127.0.0.1." stays a name, which no resolver knows. */
function withoutTrailingDot(name: string): string {
  const bare = name.endsWith(".") ? name.slice(0, -1) : name;
  return bare === "" || bare.endsWith(".") || normalizeIpv4(bare) !== null ? name : bare;
}

/**
 * The dotted form of what inet_aton reads as an IPv4 address (`127.1`, `2130706433`, `0x7f.1`, `0177.0.0.1`); null for
 * anything else.
 */
export function normalizeIpv4(text: string): string | null {
  if (isIPv4(text)) return text;
  if (!/^[0-9]/.test(text)) return null;
  const parts = text.split(".");
  if (parts.length > 4) return null;
  const numbers = parts.map(parseNumber);
  const last = numbers.pop() ?? Number.NaN;
  const width = 4 - numbers.length;
  if (!(last < 256 ** width) || numbers.some((number) => !(number < 256))) return null;
  const tail = Array.from(
    { length: width },
    (_, index) => Math.floor(last / 256 ** (width - 1 - index)) % 256,
  );
  return [...numbers, ...tail].join(".");
}

/** Reads a number like `strtoul(…, 0)`: decimal, octal after 0, hexadecimal after 0x; NaN for anything else. */
function parseNumber(text: string): number {
  if (/^0x[0-9a-f]+$/i.test(text)) return Number.parseInt(text.slice(2), 16);
  if (/^0[0-7]*$/.test(text)) return Number.parseInt(text, 8);
  return /^[1-9][0-9]*$/.test(text) ? Number(text) : Number.NaN;
}

// The zone stands after "%" or, as RFC 6874 says, after "%25". curl accepts at most 15 characters.
const IPV6 = /^\[([0-9a-f:.]+)(?:%(?:25(?=[^\]]))?([\w.~-]{1,15}))?\]$/i;

function parseIpv6(text: ByteString): ParsedHost {
  const [, address = "", zone] = IPV6.exec(text) ?? [];
  if (!isIPv6(address)) throw malformed();
  const canonical = new SocketAddress({ address, family: "ipv6" }).address;
  // Only link-local addresses have zones. On other addresses a zone has no meaning, and would only be a second spelling
  // of the same host.
  const scoped = zone !== undefined && /^fe[89ab]/.test(canonical) ? `${canonical}%${zone}` : canonical;
  if (!isIPv6(scoped)) throw malformed();
  const shown = canonical.length < address.length ? canonical : address;
  return { hostname: scoped, text: `[${shown}]` };
}

/**
 * Decodes `%XX`. A percent sign without two digits stays. It works byte by byte: a URL may have millions of escapes.
 */
export function decodePercents(text: ByteString): ByteString {
  if (!text.includes("%")) return text;
  const bytes = Buffer.from(text, "latin1");
  let length = 0;
  for (let at = 0; at < bytes.length; length++) {
    const value = bytes[at] === PERCENT ? hexByte(bytes[at + 1], bytes[at + 2]) : -1;
    bytes[length] = value < 0 ? (bytes[at] as number) : value;
    at += value < 0 ? 1 : 3;
  }
  return bytes.toString("latin1", 0, length);
}

const PERCENT = 0x25;
const HEX_DIGITS = "0123456789abcdef";

/** For each byte, its value as a hexadecimal digit; -1 if it is not one. */
const NIBBLES = Int8Array.from({ length: 256 }, (_, byte) =>
  HEX_DIGITS.indexOf(String.fromCharCode(byte).toLowerCase()),
);

/** The value of two digits; negative if one of them is not a digit. */
function hexByte(high = 0, low = 0): number {
  return ((NIBBLES[high] ?? -1) << 4) | (NIBBLES[low] ?? -1);
}

/** Whether a hostname of a `Url` is an address, not a name. */
export function isAddress(hostname: string): boolean {
  return isIPv4(hostname) || isIPv6(hostname);
}

function malformed(): TransferFailure {
  return new TransferFailure("URL_MALFORMAT");
}
