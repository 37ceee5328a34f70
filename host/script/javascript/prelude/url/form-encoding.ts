// application/x-www-form-urlencoded (WHATWG URL §5).
import { decode, encode } from "../seam/bytes.ts";

/** Code units that are written as they are. */
const PLAIN = /^[\w*.-]*$/;
const HEX = "0123456789ABCDEF";

export function parseForm(text: string): [string, string][] {
  const pairs: [string, string][] = [];
  for (const piece of text.split("&")) {
    if (piece === "") continue;
    const equals = piece.indexOf("=");
    const [name, value] = equals === -1 ? [piece, ""] : [piece.slice(0, equals), piece.slice(equals + 1)];
    pairs.push([unescapeText(name), unescapeText(value)]);
  }
  return pairs;
}

export function writeForm(pairs: readonly (readonly [string, string])[]): string {
  return pairs.map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`).join("&");
}

function unescapeText(text: string): string {
  const plain = text.replaceAll("+", " ");
  if (!plain.includes("%")) return plain;
  const bytes = encode(plain);
  let size = 0;
  for (let at = 0; at < bytes.length; at++) {
    const value = bytes[at] === 0x25 ? hexAt(bytes, at + 1) : -1;
    bytes[size++] = value === -1 ? (bytes[at] as number) : value;
    if (value !== -1) at += 2;
  }
  return decode(bytes.subarray(0, size));
}

/** The value of two digits; -1 if they are none. */
function hexAt(bytes: Uint8Array, at: number): number {
  const high = digitOf(bytes[at]);
  const low = digitOf(bytes[at + 1]);
  return high === -1 || low === -1 ? -1 : 16 * high + low;
}

function digitOf(byte = 0): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = (byte | 0x20) - 0x61;
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

function escapeText(text: string): string {
  if (PLAIN.test(text)) return text;
  let escaped = "";
  for (const byte of encode(text)) {
    const character = String.fromCharCode(byte);
    if (byte === 0x20) escaped += "+";
    else if (PLAIN.test(character)) escaped += character;
    else escaped += `%${HEX[byte >> 4]}${HEX[byte & 15]}`;
  }
  return escaped;
}
