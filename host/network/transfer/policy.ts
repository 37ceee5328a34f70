import type { MatchedRule } from "../../api/events.ts";
import type { ByteString } from "./byte-string.ts";
import type { Terms } from "./terms.ts";
import type { Transfer } from "./transfer.ts";

/** Where a request goes. Policies decide about origins, and credentials belong to one origin. */
export interface Origin {
  readonly scheme: "http" | "https";
  /** As in `Url`. */
  readonly hostname: string;
  readonly port: number;
}

/** What a policy looks at besides the origin. */
export interface RequestLine {
  readonly method: ByteString;
  /** Path and query, as they are sent. */
  readonly target: ByteString;
}

/** What a policy has allowed: requests to one origin. All checks throw a `TransferFailure` with DENIED. */
export interface Permit {
  /** On which terms; a request must keep all of them. @default none */
  readonly terms?: readonly Terms[];
  /** The entry that allows it; null if there is no list. @default null */
  readonly rule?: MatchedRule | null;
  /** Whether the server may learn of the trace of the host in which a request is made. @default true */
  readonly isTraced?: boolean;
  /**
   * Called for every address of `url`'s host before any of them is dialled, and for the peer of a connection that is
   * used again. If one address is denied, the host is denied.
   */
  checkAddress(url: Origin, address: string): void;
  /**
   * Called for a host whose name has no address. It throws if the caller must not learn that. Otherwise the caller
   * could find out which of the denied names exist.
   */
  checkUnresolved?(url: Origin): void;
}

/** Which origins, requests and addresses a caller may reach. All checks throw a `TransferFailure` with DENIED. */
export interface Policy extends Permit {
  /**
   * The caller learns of a denial only at a multiple of this many milliseconds after the start of the call.
   * @default 0, at once
   */
  readonly denialGridMs?: number;
  /** Called for every request, allowed or not, before anything is checked. It may end the call. */
  observe?(url: Origin, line: RequestLine): void;
  /** Called for the URL of the call, and for the URL of every redirect. */
  checkUrl(url: Origin): void;
  /** Called for the options that widen what a call may do. Without this method, all of them are allowed. */
  checkOptions?(transfer: Transfer): void;
  /** Called for every request after `checkUrl`. @returns What it is allowed; without this method, the policy itself */
  permit?(url: Origin, line: RequestLine): Permit;
}
