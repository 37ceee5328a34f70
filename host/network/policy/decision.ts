import type { Origin, Policy, RequestLine } from "../transfer/policy.ts";

/** What a policy decides about an origin or an address. It is the cause of a DENIED. Only the operator sees it. */
export interface Decision {
  readonly allowed: boolean;
  /**
   * `allow ENTRY`, `block ENTRY`, or one of `default allow`, `default deny`, `default method`, `default path`, `default
   * private`, `default unresolved`, `option NAME`, `closed NAME`, `decide WHY`.
   */
  readonly rule: string;
  /** The address that was decisive; null if it was the origin. */
  readonly address: string | null;
  /** Why the rule `private` applies: the range of the address, or the kind of the name. */
  readonly range: string | null;
  /** What would allow it; null if it is allowed. */
  readonly advice: string | null;
}

/** A policy that can say why. */
export interface ExplainingPolicy extends Policy {
  /**
   * Decides about an origin and every address of its host, as for a call. It does not throw.
   *
   * @param line The request. Without one, the most exact entry for the origin counts.
   */
  explain(url: Origin, addresses?: readonly string[], line?: RequestLine | null): Decision;
}
