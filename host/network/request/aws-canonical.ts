/**
 * Requests as AWS makes them canonical (IAM User Guide, "Create a signed AWS API request"), and as its clients spell them.
 */
import type { ByteString } from "../transfer/byte-string.ts";
import { removeDotSegments } from "../url/path.ts";
import { byBytes, type CanonicalHeaders, foldBlanks } from "./canonical-headers.ts";
import { queryParts } from "./canonical-query.ts";
import type { NamedValue } from "./headers.ts";
import { plainBytes, uriDecode, uriEncode } from "./uri-encode.ts";

const PLAIN = plainBytes();
const PLAIN_IN_PATH = plainBytes("/");
const PLAIN_IN_QUERY = plainBytes("&=");
// For other services, what is there is only put into one case: they sign it once more.
const ALL_BUT_ESCAPES = new Uint8Array(256).fill(1);

/** Of one connection, or changed on the way by AWS itself: whoever checks the signature does not see what was sent. */
const UNSIGNED_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "x-amzn-trace-id",
]);

/** S3 has keys there, which it takes as they are, with any slashes. Others encode once more what they get. */
export function awsPath(path: ByteString, isS3: boolean): ByteString {
  if (isS3) return uriEncode(uriDecode(path), PLAIN_IN_PATH);
  return uriEncode(normalizePath(path), PLAIN_IN_PATH);
}

/** @throws TransferFailure URL_MALFORMAT for more than 63 parts */
export function awsQuery(query: ByteString): ByteString {
  return queryParts(query)
    .map(encodePart)
    .sort(([a, b], [x, y]) => byBytes(a, x) || byBytes(b, y))
    .map((pair) => pair.join("="))
    .join("&");
}

/** Sorted by name; the values of one name in their order, as HTTP joins them. */
export function awsHeaders(headers: readonly NamedValue[]): CanonicalHeaders {
  const values = new Map<string, ByteString[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    if (UNSIGNED_HEADERS.has(key)) continue;
    const list = values.get(key);
    if (list === undefined) values.set(key, [foldBlanks(value)]);
    else list.push(foldBlanks(value));
  }
  const names = [...values.keys()].sort(byBytes);
  return {
    lines: names.map((name) => `${name}:${values.get(name)?.join(",")}\n`).join(""),
    names: names.join(";"),
  };
}

/**
 * A path and a query as they are sent, in the spelling of AWS's own clients: what some of its services read as one thing
 * and some as another (`+`, reserved characters in a key, escapes in lower case) is written so that all read the same.
 */
export function spellForAws(target: ByteString, isS3: boolean): ByteString {
  const [path, query] = splitTarget(target);
  const spelledPath = uriEncode(path, isS3 ? PLAIN_IN_PATH : ALL_BUT_ESCAPES, true);
  return query === null ? spelledPath : `${spelledPath}?${uriEncode(query, PLAIN_IN_QUERY, true)}`;
}

/** The query is null where there is none. */
export function splitTarget(target: ByteString): [path: ByteString, query: ByteString | null] {
  const at = target.indexOf("?");
  return at === -1 ? [target, null] : [target.slice(0, at), target.slice(at + 1)];
}

/** With one slash where there are several, and without "." and "..". */
function normalizePath(path: ByteString): ByteString {
  return removeDotSegments(path.replace(/\/+/g, "/"));
}

/** The first equals sign ends the name. */
function encodePart(part: ByteString): readonly [name: ByteString, value: ByteString] {
  const at = part.indexOf("=");
  const [name, value] = at === -1 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
  return [uriEncode(uriDecode(name), PLAIN), uriEncode(uriDecode(value), PLAIN)];
}
