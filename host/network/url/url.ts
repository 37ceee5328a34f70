import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { LARGEST_HEAD } from "../transfer/largest-head.ts";

import { type Authority, parseAuthority } from "./authority.ts";
import { DEFAULT_PORTS } from "./origin.ts";
import { encodePath, encodeQuery, removeDotSegments } from "./path.ts";

/** An http or https URL, parsed by curl's rules. A URL is parsed only once, and all code uses this result. */
export interface Url {
  readonly scheme: "http" | "https";
  /**
   * The host in its canonical form. Lookups, connections, verification and comparison use it. It is in lower case, with
   * IDN in punycode, percent-escapes decoded, IPv6 without brackets in the form of RFC 5952 (with `%zone` only if
   * link-local), numeric IPv4 in dotted form, and names without their trailing dot.
   */
  readonly hostname: string;
  readonly port: number;
  /**
   * The value of the Host header: the host as written (brackets, case, trailing dot), and the port if not the default.
   */
  readonly host: ByteString;
  /** Path and query, as the request line has them; never empty. */
  readonly target: ByteString;
  /** The same, but the path has the bytes that were given. curl sends these in absolute form to a proxy. */
  readonly rawTarget: ByteString;
  /** User and password of the URL, percent-decoded; null if there is none. `http://@host/` has the user "". */
  readonly username: ByteString | null;
  readonly password: ByteString | null;
}

/** The URL without credentials and fragment. */
export function formatUrl({ scheme, host, target }: Url): ByteString {
  return `${scheme}://${host}${target}`;
}

// CURL_MAX_INPUT_LENGTH.
const MAX_URL_LENGTH = 8_000_000;
// Control characters, including NUL, and characters that are not a byte. A URL must not contain them.
const JUNK = /[^\x20-\x7e\x80-\xff]/;
// If a URL has no scheme, curl looks at the first label of the host. For these labels it does not guess http.
const GUESSED_OTHERWISE = /^(ftp|dict|ldap|imap|smtp|pop3)\./i;

/**
 * Parses the URL of a call. A URL without a scheme is http.
 *
 * @throws TransferFailure URL_MALFORMAT, or UNSUPPORTED_PROTOCOL for any scheme but http and https
 */
export function parseUrl(text: ByteString): Url {
  if (/^file:\//i.test(text)) throw unsupported();
  const { scheme, authority, path, query } = parseGeneric(text);
  const directPath = removeDotSegments(path);
  const suffix = query === null ? "" : `?${query}`;
  return build(scheme, authority, encodePath(directPath) + suffix, directPath + suffix);
}

/**
 * What stands for the URL of a call on its way through the guest. A URL that is refused because of its length is not
 * carried along: a shorter one is refused alike.
 */
export function shortenRefused(url: unknown): unknown {
  // A character is at least one byte.
  if (typeof url !== "string" || url.length <= LARGEST_HEAD) return url;
  // curl does not take one that is longer than its limit. So there is no URL.
  return Buffer.byteLength(url) > MAX_URL_LENGTH ? "" : url.slice(0, LARGEST_HEAD + 1);
}

/** A URL of any scheme. */
export interface GenericUrl {
  /** In lower case. */
  scheme: string;
  authority: Authority;
  path: ByteString;
  query: ByteString | null;
}

/**
 * Parses a URL of any scheme that has an authority. It guesses a missing scheme as curl does.
 *
 * @throws TransferFailure URL_MALFORMAT
 */
export function parseGeneric(text: ByteString): GenericUrl {
  // A request with such a URL could not be sent: no time is spent on it.
  if (text.length > LARGEST_HEAD && text.length <= MAX_URL_LENGTH) throw new TransferFailure("OUT_OF_MEMORY");
  if (text.length > MAX_URL_LENGTH || JUNK.test(text) || text.includes(" ")) throw malformed();
  // The scheme may be missing, and then "host:" must not count as a scheme. So a scheme needs a slash after its colon.
  const scheme = /^([a-z][a-z0-9+.-]{0,39}):\//i.exec(text)?.[1];
  const parts = split(scheme === undefined ? text : afterSlashes(text, scheme));
  const authority = parseAuthority(parts.authority, scheme !== undefined);
  return {
    scheme: scheme?.toLowerCase() ?? guessScheme(authority),
    authority,
    path: parts.path,
    query: parts.query,
  };
}

/**
 * Resolves a redirect's Location (trimmed, not empty) against the URL of the request. A relative Location keeps the
 * credentials of `base`. Any other Location has its own credentials, or none.
 *
 * @throws TransferFailure URL_MALFORMAT, or UNSUPPORTED_PROTOCOL for any scheme but http and https
 */
export function resolveLocation(base: Url, location: ByteString): Url {
  if (location === "" || location.length > MAX_URL_LENGTH || JUNK.test(location)) throw malformed();
  const scheme = /^([a-z][a-z0-9+.-]{0,39}):/i.exec(location)?.[1];
  if (scheme !== undefined) return parseAbsolute(scheme, afterSlashes(location, scheme));
  if (location.startsWith("//")) return parseAbsolute(base.scheme, afterSlashes(`:${location}`, ""));
  const { path, query } = split(mergePaths(base.target, location));
  const target = redirectTarget(path, query);
  return { ...base, target, rawTarget: target };
}

function parseAbsolute(written: ByteString, rest: ByteString | null): Url {
  const scheme = written.toLowerCase();
  if (!isSupported(scheme)) throw unsupported();
  const { authority, path, query } = split(rest);
  return build(scheme, parseAuthority(authority, true), redirectTarget(path, query));
}

function redirectTarget(path: ByteString, query: ByteString | null): ByteString {
  return removeDotSegments(encodePath(path)) + (query ? `?${encodeQuery(query)}` : "");
}

/** What follows "scheme:" and one to three slashes; null if there is another number of slashes. */
function afterSlashes(text: ByteString, scheme: ByteString): ByteString | null {
  return /^\/{1,3}(?!\/)(.*)$/s.exec(text.slice(scheme.length + 1))?.[1] ?? null;
}

interface Parts {
  authority: ByteString;
  /** Begins with a slash. */
  path: ByteString;
  /** Without the question mark; null if there is no question mark. */
  query: ByteString | null;
}

/** Removes the fragment, and splits the rest into its parts. */
function split(text: ByteString | null): Parts {
  const [, authority = "", path = "", query] = /^([^/?#]*)([^?#]*)(?:\?([^#]*))?/.exec(text ?? "") ?? [];
  return { authority, path: path === "" ? "/" : path, query: query ?? null };
}

/**
 * Appends a relative reference to the path of the base, as curl does. Even a reference that is only a fragment removes
 * the last segment of the path, although RFC 3986 keeps it. An empty first segment is lost.
 */
function mergePaths(baseTarget: ByteString, location: ByteString): ByteString {
  if (location.startsWith("/")) return location;
  const basePath = baseTarget.split("?", 1)[0] ?? "";
  if (location.startsWith("?")) return basePath + location;
  const directory = basePath.slice(0, basePath.lastIndexOf("/") + 1);
  const [, levels, query] = /^(?:\.\/)?((?:\.\.\/)*)(\?.*)$/s.exec(location) ?? [];
  if (levels !== undefined && query !== undefined) return leaveLevels(directory, levels.length / 3) + query;
  return (directory === "//" ? "/" : directory) + location;
}

/** The directory this many levels above, without its slash: curl puts a query right behind it, though RFC 3986 does not. */
function leaveLevels(directory: ByteString, levels: number): ByteString {
  let end = directory.length - 1;
  for (let left = levels; left > 0 && end > 0; left--) end = directory.lastIndexOf("/", end - 1);
  return end > 0 ? directory.slice(0, end) : "/";
}

function guessScheme(authority: Authority): string {
  return GUESSED_OTHERWISE.exec(authority.text)?.[1]?.toLowerCase() ?? "http";
}

function build(scheme: string, authority: Authority, target: ByteString, rawTarget = target): Url {
  if (!isSupported(scheme)) throw unsupported();
  const { hostname, text, username, password } = authority;
  const port = authority.port ?? DEFAULT_PORTS[scheme];
  const host = port === DEFAULT_PORTS[scheme] ? text : `${text}:${port}`;
  return { scheme, hostname, port, host, target, rawTarget, username, password };
}

function isSupported(scheme: string): scheme is Url["scheme"] {
  return scheme === "http" || scheme === "https";
}

function malformed(): TransferFailure {
  return new TransferFailure("URL_MALFORMAT");
}

function unsupported(): TransferFailure {
  return new TransferFailure("UNSUPPORTED_PROTOCOL");
}
