import type { ByteString } from "./transfer.ts";

/**
 * Removes "." and ".." segments (RFC 3986 §5.2.4) from a path that begins with a slash.
 * Their escaped spellings are ordinary names, as in curl before 8.22.
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
  return text.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
}
