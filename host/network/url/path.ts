const PERCENT = 0x25;
const DIGITS = "0123456789abcdef";

import type { ByteString } from "../transfer/byte-string.ts";

/**
 * Removes "." and ".." segments (RFC 3986 §5.2.4) from a path that begins with a slash.
 * Segments with escaped dots, such as "%2e", are ordinary names, as in curl before 8.22.
 */
export function removeDotSegments(path: ByteString): ByteString {
  if (!path.includes("/.")) return path;
  const kept: ByteString[] = [];
  const segments = path.split("/").slice(1);
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === "..") kept.pop();
    if (segment !== "." && segment !== "..") kept.push(segment);
    else if (last) kept.push("");
  });
  return `/${kept.join("/")}`;
}

/** Escapes blanks, and bytes that are not ASCII. The digits are in lower case. */
export function encodePath(text: ByteString): ByteString {
  const encoded = encodeNonAscii(text);
  return encoded.includes(" ") ? encoded.replaceAll(" ", "%20") : encoded;
}

/** Like `encodePath`, but for the query of a redirect, in which a blank becomes a plus sign. */
export function encodeQuery(text: ByteString): ByteString {
  return encodeNonAscii(text).replaceAll(" ", "+");
}

function encodeNonAscii(text: ByteString): ByteString {
  if (!/[\x80-\xff]/.test(text)) return text;
  // `replace` with a function would take seconds, because a URL may have millions of such bytes.
  const bytes = Buffer.from(text, "latin1");
  const encoded = Buffer.allocUnsafe(bytes.length * 3);
  let length = 0;
  for (const byte of bytes) {
    if (byte < 0x80) {
      encoded[length++] = byte;
    } else {
      encoded[length++] = PERCENT;
      encoded[length++] = DIGITS.charCodeAt(byte >> 4);
      encoded[length++] = DIGITS.charCodeAt(byte & 15);
    }
  }
  return encoded.toString("latin1", 0, length);
}
