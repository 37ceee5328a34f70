import type { Origin, Policy } from "../transfer/policy.ts";

/** What a policy says about an origin or an address, for the operator's eyes. It is the cause of a DENIED. */
export interface Decision {
  readonly allowed: boolean;
  /** `allow ENTRY`, `block ENTRY`, or one of `default allow`, `default deny`, `default private`, `default unresolved`, `option NAME`. */
  readonly rule: string;
  /** The address that decided; null when the origin did. */
  readonly address: string | null;
  /** What `private` found: the range of the address, or the kind of the name. */
  readonly range: string | null;
  /** What would allow it; null when it is allowed. */
  readonly advice: string | null;
}

/** A policy that can say why. */
export interface ExplainingPolicy extends Policy {
  /** Decides about an origin and every address of its host, as a call would; nothing is thrown. */
  explain(url: Origin, addresses?: readonly string[]): Decision;
}
