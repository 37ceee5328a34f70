/** What a SOCKS proxy is to connect to. */
export interface SocksTarget {
  /** An address, or a name that the proxy looks up. */
  host: string;
  port: number;
}
