import type { Transfer } from "./transfer.ts";

/** Where a request goes: what a policy is asked about, and what credentials belong to. */
export interface Origin {
  readonly scheme: "http" | "https";
  /** As in `Url`. */
  readonly hostname: string;
  readonly port: number;
}

/** Which origins and which addresses a caller may reach. Both checks throw `TransferFailure` with DENIED. */
export interface Policy {
  /** Denials are told at multiples of so many milliseconds after the start of the call. @default 0, at once */
  readonly denialGridMs?: number;
  /** For the URL of the call and of every redirect hop. */
  checkUrl(url: Origin): void;
  /** For the options that widen what a call may do. Without it, all are allowed. */
  checkOptions?(transfer: Transfer): void;
  /**
   * For every address of `url`'s host, before any of them is dialled, and for the peer of a connection that is
   * used again. One address that is denied denies the host.
   */
  checkAddress(url: Origin, address: string): void;
  /**
   * For a host whose name has no address. Throws where the caller must not know that: it would tell such a name from
   * one that exists and is denied.
   */
  checkUnresolved?(url: Origin): void;
}
