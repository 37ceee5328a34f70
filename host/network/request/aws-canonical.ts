/**
 * The canonical form of requests for AWS (IAM User Guide, "Create a signed AWS API request"), and the spelling of AWS's
 * own clients.
 */
import type { ByteString } from "../transfer/byte-string.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import { removeDotSegments } from "../url/path.ts";
import { byBytes, type CanonicalHeaders, foldBlanks } from "./canonical-headers.ts";
import { queryParts } from "./canonical-query.ts";
import { plainBytes, uriDecode, uriEncode } from "./uri-encode.ts";

const PLAIN = plainBytes();
const PLAIN_IN_PATH = plainBytes("/");
const PLAIN_IN_QUERY = plainBytes("&=");
// For other services, escapes are only converted to one case, because these services encode the path again for the
// signature.
const ALL_BUT_ESCAPES = new Uint8Array(256).fill(1);

/**
 * Headers of one connection, or headers that AWS itself changes on the way. The service that checks the signature does
 * not see them as they were sent.
 */
const UNSIGNED_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "x-amzn-trace-id",
]);

/** In S3 the path is a key, which stays as it is, with all its slashes. Other services encode the path again. */
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

/** Headers sorted by name. Several values of one name are joined in their order, as in HTTP. */
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
 * A path and a query as they are sent, in the spelling of AWS's own clients. Services of AWS read some things in
 * different ways: `+`, reserved characters in a key, escapes in lower case. In this spelling all services read the
 * same.
 */
export function spellForAws(target: ByteString, isS3: boolean): ByteString {
  const [path, query] = splitTarget(target);
  const spelledPath = uriEncode(path, isS3 ? PLAIN_IN_PATH : ALL_BUT_ESCAPES, true);
  return query === null ? spelledPath : `${spelledPath}?${uriEncode(query, PLAIN_IN_QUERY, true)}`;
}

/** The query is null if there is none. */
export function splitTarget(target: ByteString): [path: ByteString, query: ByteString | null] {
  const at = target.indexOf("?");
  return at === -1 ? [target, null] : [target.slice(0, at), target.slice(at + 1)];
}

/** Replaces several slashes by one, and removes "." and "..". */
function normalizePath(path: ByteString): ByteString {
  return removeDotSegments(path.includes("//") ? path.replace(/\/+/g, "/") : path);
}

/** Splits at the first equals sign, which ends the name. */
function encodePart(part: ByteString): readonly [name: ByteString, value: ByteString] {
  const at = part.indexOf("=");
  const [name, value] = at === -1 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
  return [uriEncode(uriDecode(name), PLAIN), uriEncode(uriDecode(value), PLAIN)];
}
