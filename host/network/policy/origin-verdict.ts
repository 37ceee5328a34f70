import type { Origin, RequestLine } from "../transfer/policy.ts";
import type { AllowEntry } from "./allow-list.ts";
import type { Decider } from "./decider.ts";
import type { Misfit } from "./rule.ts";
import { Verdict } from "./verdict.ts";

/** Why no entry allows a request, although entries allow its origin. */
export interface NoPermit {
  readonly misfit: Misfit;
  /** The entry that was nearest to it. */
  readonly entry: AllowEntry;
}

/**
 * What the policy means for one origin. As a verdict, it is that of the most exact entry, whatever the request. Each
 * request has its own verdict: that of the first entry which allows it.
 */
export class OriginVerdict extends Verdict {
  readonly #decider: Decider;
  readonly #entries: readonly AllowEntry[];
  readonly #verdicts = new Map<AllowEntry, Verdict>();

  constructor(decider: Decider, url: Origin) {
    const entries = decider.entriesFor(url);
    super(decider, url, entries[0] ?? null);
    this.#decider = decider;
    this.#entries = entries;
  }

  /** The verdict about one request. */
  permit(url: Origin, line: RequestLine): Verdict | NoPermit {
    let nearest: NoPermit | null = null;
    for (const entry of this.#entries) {
      const misfit = entry.rule?.misfit(line) ?? null;
      if (misfit === null) return this.#verdictOf(entry, url);
      // A rule with another path is nearer than one with another method.
      if (nearest?.misfit !== "path") nearest = { misfit, entry };
    }
    return nearest ?? this;
  }

  #verdictOf(entry: AllowEntry, url: Origin): Verdict {
    if (entry === this.entry) return this;
    const known = this.#verdicts.get(entry);
    if (known !== undefined) return known;
    const fresh = new Verdict(this.#decider, url, entry);
    this.#verdicts.set(entry, fresh);
    return fresh;
  }
}
