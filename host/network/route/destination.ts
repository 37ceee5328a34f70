import type { Transfer } from "../transfer/transfer.ts";
import type { Url } from "../url/url.ts";
import { type ProxyServer, resolveProxy } from "./proxy.ts";
import type { TlsPolicies, TlsPolicy } from "./tls.ts";

/** Everything that makes a connection fit for a request. Two requests with the same `key` may share one. */
export interface Destination {
  readonly scheme: "http" | "https";
  /** As in `Url`. */
  readonly hostname: string;
  readonly port: number;
  /** null for http. */
  readonly tls: TlsPolicy | null;
  readonly proxy: ProxyServer | null;
  /** For an https proxy, which is always verified, whatever the transfer says, and shown no client's certificate; else null. */
  readonly proxyTls: TlsPolicy | null;
  /** Address or interface that the connection is bound to; "" is none. */
  readonly sourceip: string;
  /** scheme, host, port; TLS policy; proxy with its credentials; source address. */
  readonly key: string;
  /** `host:port` that `max_host` counts: the proxy's own where requests go to it in absolute form. */
  readonly hostKey: string;
}

/** What one network's transfers have in common. */
export interface Surroundings {
  tlsPolicies: TlsPolicies;
  /** Where proxies are looked for, as in `process.env`. */
  environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Where and how a transfer's connection for this URL goes.
 *
 * @throws TransferFailure COULDNT_RESOLVE_PROXY, COULDNT_CONNECT for a proxy that is not one; SSL_CERTPROBLEM,
 * ABORTED_BY_CALLBACK for a client certificate
 */
export function makeDestination(url: Url, transfer: Transfer, surroundings: Surroundings): Destination {
  const { scheme, hostname, port } = url;
  const { tlsPolicies, environment } = surroundings;
  const { tlsVerifyPeer: verifyPeer, tlsVerifyHost: verifyHost, clientCertificate } = transfer;
  const proxy = resolveProxy(transfer.proxy, url, environment);
  const sourceip = transfer.sourceip ?? "";
  const tls = scheme === "https" ? tlsPolicies.get({ verifyPeer, verifyHost, clientCertificate }) : null;
  const proxyTls =
    proxy?.scheme === "https"
      ? tlsPolicies.get({ verifyPeer: true, verifyHost: true, clientCertificate: null })
      : null;
  const peer = proxy !== null && isForward({ scheme, proxy }) ? proxy : url;
  const hostKey = `${peer.hostname}:${peer.port}`;
  const key = joinKey({ scheme, tls, proxy, proxyTls, sourceip }, hostKey);
  // Written out: made for every call, and a spread costs fifty times as much.
  return { scheme, hostname, port, tls, proxy, proxyTls, sourceip, key, hostKey };
}

/** Whether requests go to the proxy in absolute form: an http URL through an HTTP proxy. */
export function isForward({ scheme, proxy }: Pick<Destination, "scheme" | "proxy">): boolean {
  return scheme === "http" && (proxy?.scheme === "http" || proxy?.scheme === "https");
}

function joinKey(
  parts: Pick<Destination, "scheme" | "tls" | "proxy" | "proxyTls" | "sourceip">,
  hostKey: string,
): string {
  const { scheme, tls, proxy, proxyTls, sourceip } = parts;
  const key = `${scheme}\0${hostKey}\0${tls?.key ?? ""}\0${sourceip}`;
  if (proxy === null) return key;
  const { username, password } = proxy;
  const login = username === null ? "" : `${username}\0${password}@`;
  return `${key}\0${proxy.scheme}\0${proxyTls?.key ?? ""}\0${login}${proxy.hostname}:${proxy.port}`;
}
