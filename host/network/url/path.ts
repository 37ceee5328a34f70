const PERCENT = 0x25;
const DIGITS = "0123456789abcdef";

/**
 * Removes "." and ".." segments (RFC 3986 §5.2.4) from a path that begins with a slash.
 * Their escaped spellings are ordinary names, as in curl before 8.22.
 */
import type { ByteString } from "../transfer/byte-string.ts";
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

/** Escapes bytes beyond ASCII, in lower-case hexadecimal, and what stands for a blank. */
export function encodePath(text: ByteString): ByteString {
  const encoded = encodeNonAscii(text);
  return encoded.includes(" ") ? encoded.replaceAll(" ", "%20") : encoded;
}

/** As `encodePath`, for the query of a redirect: there a blank is a plus sign. */
export function encodeQuery(text: ByteString): ByteString {
  return encodeNonAscii(text).replaceAll(" ", "+");
}

function encodeNonAscii(text: ByteString): ByteString {
  if (!/[\x80-\xff]/.test(text)) return text;
  // Not a replacement of each: that takes seconds for the millions that a URL may have.
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
