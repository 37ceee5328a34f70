import type { Url } from "./url.ts";

/** Which origins and which addresses a caller may reach. Both checks throw `TransferFailure` with DENIED. */
export interface Policy {
  /** For the URL of the call and of every redirect hop. */
  checkUrl(url: Url): void;
  /** For every address that is dialled for `url`'s host, and for the peer of a connection that is used again. */
  checkAddress(url: Pick<Url, "scheme" | "hostname" | "port">, address: string): void;
}
