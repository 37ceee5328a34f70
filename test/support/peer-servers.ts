import type { Issued } from "./certificates.ts";

/** The servers that speak HTTP/2. */
export const HTTP2_SERVERS = ["nginx2", "nghttpd", "haproxy", "apache", "h2o", "caddy"] as const;

type Port =
  | (typeof HTTP2_SERVERS)[number]
  | "scripted"
  | "httpbin"
  | "plain"
  | "tls"
  | "tls12"
  | "tls13"
  | "clientOptional"
  | "clientRequired12"
  | "clientRequired13"
  | "expired"
  | "wrongName"
  | "selfSigned"
  | "squid"
  | "squidLogin"
  | "squidTls"
  | "dante"
  | "danteLogin"
  | "ssh";

/** The servers and proxies that `scripts/peers.js` started. */
export interface Peers {
  ports: Readonly<Record<Port, number>>;
  /** For the proxies that want a login. */
  login: { username: string; password: string };
  certificates: Record<"authority" | "client" | "intermediate" | "selfSigned", Issued>;
}

/** The ports and paths of the peers. Only `npm run test:peers` sets them. */
export function findPeers(): Peers {
  const { PEERS } = process.env;
  if (PEERS === undefined) throw new Error("there are no peers: npm run test:peers starts them");
  return JSON.parse(PEERS);
}

/** The value of the option `proxy` for each kind of proxy. "" means no proxy. */
export function workingProxies({ ports, login }: Peers): Record<string, string> {
  const user = `${login.username}:${encodeURIComponent(login.password)}`;
  return {
    none: "",
    squid: `http://127.0.0.1:${ports.squid}`,
    "squid with a login": `http://${user}@127.0.0.1:${ports.squidLogin}`,
    "squid over TLS": `https://localhost:${ports.squidTls}`,
    "dante, SOCKS 4": `socks4://127.0.0.1:${ports.dante}`,
    "ssh, SOCKS 4A": `socks4a://127.0.0.1:${ports.ssh}`,
    "dante, SOCKS 5": `socks5://127.0.0.1:${ports.dante}`,
    "dante, SOCKS 5 by name": `socks5h://127.0.0.1:${ports.dante}`,
    "dante with a login": `socks5h://${user}@127.0.0.1:${ports.danteLogin}`,
  };
}
