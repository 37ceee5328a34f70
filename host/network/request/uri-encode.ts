import type { ByteString } from "../transfer/byte-string.ts";

const PERCENT = 0x25;
const DIGITS = "0123456789ABCDEF";
// RFC 3986 §2.3.
const UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

/** For each byte, whether it stays as it is. */
export type PlainBytes = Uint8Array;

/** The unreserved bytes of RFC 3986, and `others`. */
export function plainBytes(others = ""): PlainBytes {
  const plain = new Uint8Array(256);
  for (const character of UNRESERVED + others) plain[character.charCodeAt(0)] = 1;
  return plain;
}

/**
 * Writes all bytes that are not plain as a percent sign and two digits, in upper case.
 *
 * @param keepsEscapes Whether an existing escape stays an escape, in upper case. @default false, its percent sign is
 * encoded like other bytes
 */
export function uriEncode(text: ByteString, plain: PlainBytes, keepsEscapes = false): ByteString {
  // `replace` with a function would take seconds, because a URL may have millions of such bytes.
  const bytes = Buffer.from(text, "latin1");
  const encoded = Buffer.allocUnsafe(bytes.length * 3);
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    const escaped = keepsEscapes ? escapedByte(bytes, index) : -1;
    if (escaped < 0 && plain[byte] === 1) {
      encoded[length++] = byte;
    } else {
      length = writeEscape(encoded, length, escaped < 0 ? byte : escaped);
      if (escaped >= 0) index += 2;
    }
  }
  return encoded.toString("latin1", 0, length);
}

/** Decodes the escapes. A percent sign that begins no escape stays as it is. */
export function uriDecode(text: ByteString): ByteString {
  if (!text.includes("%")) return text;
  const bytes = Buffer.from(text, "latin1");
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    const escaped = escapedByte(bytes, index);
    bytes[length++] = escaped < 0 ? (bytes[index] ?? 0) : escaped;
    if (escaped >= 0) index += 2;
  }
  return bytes.toString("latin1", 0, length);
}

function writeEscape(target: Buffer, at: number, byte: number): number {
  target[at] = PERCENT;
  target[at + 1] = DIGITS.charCodeAt(byte >> 4);
  target[at + 2] = DIGITS.charCodeAt(byte & 15);
  return at + 3;
}

/** The byte of the escape at `index`; -1 if there is none. */
function escapedByte(bytes: Uint8Array, index: number): number {
  if (bytes[index] !== PERCENT) return -1;
  const high = digitOf(bytes[index + 1]);
  const low = digitOf(bytes[index + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

function digitOf(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
