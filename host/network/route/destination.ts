import type { Transfer } from "../transfer/transfer.ts";
import type { Url } from "../url/url.ts";
import { type ProxyServer, resolveProxy } from "./proxy.ts";
import type { ProxyVariables } from "./proxy-variables.ts";
import type { TlsPolicies, TlsPolicy } from "./tls.ts";

/** Everything that decides whether a connection fits a request. Requests with the same `key` may share a connection. */
export interface Destination {
  readonly scheme: "http" | "https";
  /** As in `Url`. */
  readonly hostname: string;
  readonly port: number;
  /** null for http. */
  readonly tls: TlsPolicy | null;
  /** What is offered by ALPN, the best first. Empty for http. */
  readonly protocols: readonly string[];
  readonly proxy: ProxyServer | null;
  /**
   * For an https proxy; otherwise null. The proxy is always verified, even if the transfer switches verification off.
   * It never gets the client's certificate.
   */
  readonly proxyTls: TlsPolicy | null;
  /** Local address or interface of the connection; "" if the system chooses. */
  readonly sourceip: string;
  /** Made of scheme, host, port, TLS policy, proxy with its credentials, and source address. */
  readonly key: string;
  /** The `host:port` for `max_host`. It is the proxy's, if requests go to the proxy in absolute form. */
  readonly hostKey: string;
}

const NO_PROTOCOLS: readonly string[] = [];
/** As in libcurl (CURL_HTTP_VERSION_2TLS). */
const ANY_PROTOCOL: readonly string[] = ["h2", "http/1.1"];
/** Also for proxies (CURLPROXY_HTTPS). */
export const HTTP1_ONLY: readonly string[] = ["http/1.1"];

/**
 * The last one of each URL without a proxy, and without a client's certificate, which would be kept with it. A URL that
 * is used again is the same object (url/recent-urls.ts).
 */
const direct = new WeakMap<Url, Destination>();

/** What one network's transfers have in common. */
export interface Surroundings {
  tlsPolicies: TlsPolicies;
  /** Those of the environment in which proxies are looked up. */
  proxyVariables: ProxyVariables;
}

/**
 * Decides where and how a transfer connects for this URL.
 *
 * @throws TransferFailure COULDNT_RESOLVE_PROXY, COULDNT_CONNECT for a wrong proxy; SSL_CERTPROBLEM,
 * ABORTED_BY_CALLBACK for a wrong client certificate
 */
export function makeDestination(
  url: Url,
  transfer: Transfer,
  surroundings: Surroundings,
  isHttp1Only = false,
): Destination {
  const { scheme, hostname, port } = url;
  const { tlsPolicies, proxyVariables } = surroundings;
  const { tlsVerifyPeer: verifyPeer, tlsVerifyHost: verifyHost, clientCertificate } = transfer;
  const proxy = resolveProxy(transfer.proxy, url, proxyVariables);
  const sourceip = transfer.sourceip ?? "";
  const tls = scheme === "https" ? tlsPolicies.get({ verifyPeer, verifyHost, clientCertificate }) : null;
  const protocols = scheme === "http" ? NO_PROTOCOLS : isHttp1Only ? HTTP1_ONLY : ANY_PROTOCOL;
  const isDirect = proxy === null && sourceip === "" && clientCertificate === null;
  if (isDirect) return directDestination(url, tls, protocols);
  const proxyTls =
    proxy?.scheme === "https"
      ? tlsPolicies.get({ verifyPeer: true, verifyHost: true, clientCertificate: null })
      : null;
  const peer = proxy !== null && isForward({ scheme, proxy }) ? proxy : url;
  const hostKey = `${peer.hostname}:${peer.port}`;
  const key = joinKey({ scheme, tls, protocols, proxy, proxyTls, sourceip }, hostKey);
  // No spread here: this runs for every call, and a spread costs fifty times as much.
  return { scheme, hostname, port, tls, protocols, proxy, proxyTls, sourceip, key, hostKey };
}

/** That of a URL alone. Calls of the same URL share it: many of them may wait at the same time. */
function directDestination(url: Url, tls: TlsPolicy | null, protocols: readonly string[]): Destination {
  const known = direct.get(url);
  if (known !== undefined && isSamePolicy(known.tls, tls) && known.protocols === protocols) return known;
  const { scheme, hostname, port } = url;
  const parts = { scheme, tls, protocols, proxy: null, proxyTls: null, sourceip: "" };
  const hostKey = `${hostname}:${port}`;
  const destination = { ...parts, hostname, port, key: joinKey(parts, hostKey), hostKey };
  direct.set(url, destination);
  return destination;
}

/** Also of the same network: contexts belong to one. */
function isSamePolicy(one: TlsPolicy | null, other: TlsPolicy | null): boolean {
  return one?.context === other?.context && one?.key === other?.key;
}

/** Whether requests go to the proxy in absolute form. They do for an http URL and an HTTP proxy. */
export function isForward({ scheme, proxy }: Pick<Destination, "scheme" | "proxy">): boolean {
  return scheme === "http" && (proxy?.scheme === "http" || proxy?.scheme === "https");
}

function joinKey(
  parts: Pick<Destination, "scheme" | "tls" | "protocols" | "proxy" | "proxyTls" | "sourceip">,
  hostKey: string,
): string {
  const { scheme, tls, protocols, proxy, proxyTls, sourceip } = parts;
  const key = `${scheme}${protocols === HTTP1_ONLY ? "1" : ""}\0${hostKey}\0${tls?.key ?? ""}\0${measured(sourceip)}`;
  if (proxy === null) return key;
  const { username, password } = proxy;
  const login = username === null ? "" : `${measured(username)}${measured(password ?? "")}@`;
  return `${key}\0${proxy.scheme}\0${proxyTls?.key ?? ""}\0${login}${proxy.hostname}:${proxy.port}`;
}

/** Text that may contain anything, also what separates the parts of a key. */
function measured(text: string): string {
  return `${text.length}\0${text}`;
}
