import type { Policy } from "./policy.ts";
import type { ProxyServer } from "./proxy.ts";
import type { TlsPolicy } from "./tls.ts";

/** Everything that makes a connection fit for a request. Two requests with the same `key` may share one. */
export interface Destination {
  readonly scheme: "http" | "https";
  /** As in `Url`. */
  readonly hostname: string;
  readonly port: number;
  /** null for http. */
  readonly tls: TlsPolicy | null;
  readonly proxy: ProxyServer | null;
  /** Address or interface that the connection is bound to; "" is none. */
  readonly sourceip: string;
  /** scheme, host, port; TLS policy; proxy with its credentials; source address. */
  readonly key: string;
  /** `host:port` that `max_host` counts: the proxy's own where requests go to it in absolute form. */
  readonly hostKey: string;
}

export interface ConnectOptions {
  /** Milliseconds for lookup, TCP, proxy and TLS together. */
  timeoutMs: number;
  /** Ends the attempt; its socket is gone at once. */
  signal: AbortSignal;
  /** Asked for every address that is about to be dialled; null allows all. */
  policy: Policy | null;
}
