/** What a SOCKS proxy is to connect to. */
export interface SocksTarget {
  /** An address, or a name that the proxy looks up. */
  host: string;
  port: number;
}

/** A SOCKS proxy that understood what it was asked for, and could not or would not connect. */
export class SocksRefusal extends Error {}
