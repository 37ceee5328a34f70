import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { plainBytes, uriEncode } from "./uri-encode.ts";

const MAX_PARTS = 63;
const PLAIN = plainBytes("=");

/**
 * A query as libcurl 8.3 to 8.12 signs it. The parts are sorted, and each has an equals sign. Characters that are not
 * unreserved, and not escaped already, are escaped.
 *
 * @throws TransferFailure URL_MALFORMAT for more than 63 parts
 */
export function canonicalQuery(query: ByteString): ByteString {
  return queryParts(query).sort(byCommonLength).map(encodePart).join("&");
}

/** The parts that are not empty. @throws TransferFailure URL_MALFORMAT for more than 63 parts, including empty ones */
export function queryParts(query: ByteString): ByteString[] {
  const parts = query.split("&", MAX_PARTS + 1);
  if (parts.length > MAX_PARTS) throw new TransferFailure("URL_MALFORMAT");
  return parts.filter((part) => part !== "");
}

/** Compares only the common length. If one part is the beginning of another, their order does not change. */
function byCommonLength(a: ByteString, b: ByteString): number {
  const length = Math.min(a.length, b.length);
  const [x, y] = [a.slice(0, length), b.slice(0, length)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function encodePart(part: ByteString): ByteString {
  const encoded = uriEncode(part, PLAIN, true);
  return encoded.includes("=") ? encoded : `${encoded}=`;
}
