import type { ByteString } from "../transfer/byte-string.ts";
import { basic } from "../transfer/credentials.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { MalformedName } from "../url/international-name.ts";
import { type GenericUrl, parseGeneric, type Url } from "../url/url.ts";
import { isExempt } from "./no-proxy.ts";
import type { ProxyVariables } from "./proxy-variables.ts";

/** A proxy that connections go through. */
export interface ProxyServer {
  readonly scheme: "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h";
  readonly hostname: string;
  readonly port: number;
  /** With credentials, both `username` and `password` are strings. Without credentials, both are null. */
  readonly username: ByteString | null;
  readonly password: ByteString | null;
}

// A Map, because an object would also find names of its prototype, such as "constructor".
const SCHEMES: ReadonlyMap<string, ProxyServer["scheme"]> = new Map([
  ["http", "http"],
  ["https", "https"],
  ["socks", "socks4"],
  ["socks4", "socks4"],
  ["socks4a", "socks4a"],
  ["socks5", "socks5"],
  ["socks5h", "socks5h"],
]);
const DEFAULT_PORT = 1080;
const DEFAULT_HTTPS_PORT = 443;

/**
 * The proxy for a URL: the option, or without it the environment's proxy. The option "" means no proxy, even if the
 * environment names one. The environment's `no_proxy` applies to the option too.
 *
 * @throws TransferFailure COULDNT_RESOLVE_PROXY for a malformed URL, URL_MALFORMAT for a malformed international name,
 * COULDNT_CONNECT for a scheme that is not that of a proxy
 */
export function resolveProxy(
  option: ByteString | null,
  url: Pick<Url, "scheme" | "hostname">,
  variables: ProxyVariables,
): ProxyServer | null {
  if (option === "") return null;
  const text = option ?? variables.proxyOf(url.scheme);
  if (text === undefined || isExempt(url.hostname, variables.exempt)) return null;
  return parseProxy(text);
}

/** The value of Proxy-Authorization, if the proxy's URL has credentials; otherwise null. */
export function proxyAuthorization({ username, password }: ProxyServer): ByteString | null {
  return username === null ? null : basic({ username, password: password ?? "" });
}

function parseProxy(text: ByteString): ProxyServer {
  const { scheme: written, authority } = parseOrFail(text);
  const { hostname, port, username, password } = authority;
  const scheme = SCHEMES.get(written);
  if (scheme === undefined)
    throw new TransferFailure("COULDNT_CONNECT", new Error(`Not a proxy: ${written}`));
  return {
    scheme,
    hostname,
    port: port ?? (scheme === "https" ? DEFAULT_HTTPS_PORT : DEFAULT_PORT),
    username,
    password: username === null ? null : (password ?? ""),
  };
}

function parseOrFail(text: ByteString): GenericUrl {
  try {
    return parseGeneric(text);
  } catch (error) {
    if (error instanceof MalformedName) throw error;
    throw new TransferFailure("COULDNT_RESOLVE_PROXY", error);
  }
}
