/** The target to which a SOCKS proxy must connect. */
export interface SocksTarget {
  /** An address, or a name that the proxy looks up. */
  host: string;
  port: number;
}

/** A SOCKS proxy understood the request, but it could not connect, or it refused to. */
export class SocksRefusal extends Error {}
