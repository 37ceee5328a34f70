import type { MatchedRule } from "../../api/events.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Origin, Permit } from "../transfer/policy.ts";
import type { Terms } from "../transfer/terms.ts";
import type { AllowEntry } from "./allow-list.ts";
import { type Decider, unresolvedDenial } from "./decider.ts";
import type { Decision } from "./decision.ts";

/** How many addresses of an origin are remembered. Without a limit, a caller could fill the memory. */
const MOST_ADDRESSES = 16;

const NO_TERMS: readonly Terms[] = [];

/** What one entry of the allow list means for one origin, and for the addresses of its host. */
export class Verdict implements Permit {
  /** null if no entry allows the origin. */
  readonly entry: AllowEntry | null;
  readonly decision: Decision;
  readonly terms: readonly Terms[];
  readonly rule: MatchedRule | null;
  readonly isTraced: boolean;
  readonly #decider: Decider;
  readonly #addresses = new Map<string, Decision>();

  constructor(decider: Decider, url: Origin, entry: AllowEntry | null) {
    this.#decider = decider;
    this.entry = entry;
    this.terms = entry?.rule ? [entry.rule.terms] : NO_TERMS;
    this.rule = entry?.shown ?? null;
    this.isTraced = entry?.isTraced ?? true;
    this.decision = Object.freeze(decider.decideUrl(url, entry));
  }

  checkAddress(url: Origin, address: string): void {
    refuseDenied(this.aboutAddress(url, address));
  }

  /** The operator did not write the names below a wildcard. A script must not find out which of them exist. */
  checkUnresolved(url: Origin): void {
    if (!this.#decider.isForScripts || this.entry === null || this.entry.isExact) return;
    throw new TransferFailure("DENIED", unresolvedDenial(url));
  }

  aboutAddress(url: Origin, address: string): Decision {
    const known = this.#addresses.get(address);
    if (known !== undefined) return known;
    const decision = Object.freeze(this.#decider.decideAddress(url, address, this.entry));
    if (this.#addresses.size < MOST_ADDRESSES) this.#addresses.set(address, decision);
    return decision;
  }
}

/** @throws TransferFailure DENIED */
export function refuseDenied(decision: Decision): void {
  if (!decision.allowed) throw new TransferFailure("DENIED", decision);
}
