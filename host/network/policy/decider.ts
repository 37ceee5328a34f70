import { isLoopback } from "../rules/loopback.ts";
import type { Origin } from "../transfer/policy.ts";
import { type Address, addressForms, privateRange, readAddress } from "./address-ranges.ts";
import { type AllowEntry, type AllowList, allowingEntry } from "./allow-list.ts";
import type { BlockList } from "./block-list.ts";
import type { Decision } from "./decision.ts";
import { comparableHost, privateName } from "./hosts.ts";
import type { OptionList } from "./option-list.ts";
import type { Misfit } from "./rule.ts";

/** The advice about hosts such as `a..example`. */
const NO_ENTRY = "nothing: no host name has an empty label";

/** Rules, parsed. A list that is null allows everything. */
export interface CompiledRules {
  readonly allow: AllowList | null;
  readonly block: BlockList;
  readonly options: OptionList | null;
  readonly isForScripts: boolean;
}

/** Decides by the rules, and remembers nothing. */
export class Decider {
  readonly isForScripts: boolean;
  readonly #allow: AllowList | null;
  readonly #block: BlockList;

  constructor({ allow, block, isForScripts }: CompiledRules) {
    this.#allow = allow;
    this.#block = block;
    this.isForScripts = isForScripts;
  }

  /** The entries for an origin, the most exact first. */
  entriesFor(url: Origin): readonly AllowEntry[] {
    return this.#allow?.find(url) ?? [];
  }

  /** @param entry the entry that allows the origin; null if there is none */
  decideUrl(url: Origin, entry: AllowEntry | null): Decision {
    const host = comparableHost(url.hostname);
    const blocked = this.#block.findName(host);
    if (blocked !== null) return byBlock(blocked, null, null);
    const verdict = this.#decidePrivate(url, entry, readAddress(host), privateName(host));
    if (verdict !== null) return verdict;
    if (this.#allow === null) return allowed("default allow", null);
    if (entry === null) return byDefault("default deny", url, null, null);
    return allowed(`allow ${entry.text}`, null);
  }

  decideAddress(url: Origin, text: string, entry: AllowEntry | null): Decision {
    const address = readAddress(text);
    if (address === null) return byDefault("default deny", url, text, "not an address");
    const verdict = this.#decidePrivate(url, entry, address, null);
    // Over plain HTTP, everybody on the way could read the secret.
    if (verdict === null && entry?.rule?.terms.hasSecrets && url.scheme === "http" && !isLoopback(text)) {
      return closedDenial("plain HTTP", text);
    }
    return verdict ?? allowed(entry === null ? "default allow" : `allow ${entry.text}`, text);
  }

  /** The denial of an address, or of a name that is private; null if it is not denied. */
  #decidePrivate(
    url: Origin,
    entry: AllowEntry | null,
    address: Address | null,
    name: string | null,
  ): Decision | null {
    const forms = address === null ? [] : addressForms(address);
    const shown = address?.toString() ?? null;
    const blocked = this.#block.findAddress(forms);
    if (blocked !== null) return byBlock(blocked, shown, null);
    const range = name ?? privateRange(forms);
    if (range === null) return null;
    if (this.#block.hasPrivate) return byBlock("private", shown, range);
    // If no entry allows the origin, the reason of the denial is that.
    if (!this.isForScripts || entry === null || entry.isExact) return null;
    if (address !== null && this.#allow?.names({ ...url, hostname: address.toString() })) return null;
    return byDefault("default private", url, shown, range);
  }
}

/** The denial of a request for which the rules of its origin have no place. */
export function misfitDenial(misfit: Misfit, { text }: AllowEntry): Decision {
  const advice = `add the ${misfit} to the rule ${JSON.stringify(text)}, or a rule that has it to allow`;
  return { allowed: false, rule: `default ${misfit}`, address: null, range: null, advice };
}

/** The denial of a request that could become another one than its rule allows, or show a secret of the rule. */
export function closedDenial(what: string, address: string | null = null): Decision {
  const advice = `leave out ${what}: the rule of this origin allows no request with it`;
  return { allowed: false, rule: `closed ${what}`, address, range: null, advice };
}

/** The denial of a request to which the host's own function did not say yes. */
export function decideDenial(why: string): Decision {
  const advice = "let decide of the rule give true in time";
  return { allowed: false, rule: `decide ${why}`, address: null, range: null, advice };
}

/** The denial of a name that has no address. */
export function unresolvedDenial(url: Origin): Decision {
  return byDefault("default unresolved", url, null, null);
}

/** The denial of an option that is not in the list. */
export function optionDenial(name: string): Decision {
  const advice = `add ${JSON.stringify(name)} to options`;
  return { allowed: false, rule: `option ${name}`, address: null, range: null, advice };
}

function allowed(rule: string, address: string | null): Decision {
  return { allowed: true, rule, address, range: null, advice: null };
}

function byBlock(entry: string, address: string | null, range: string | null): Decision {
  return {
    allowed: false,
    rule: `block ${entry}`,
    address,
    range,
    advice: `remove ${JSON.stringify(entry)} from block`,
  };
}

function byDefault(rule: string, url: Origin, address: string | null, range: string | null): Decision {
  const entry = allowingEntry(url);
  const advice = entry === null ? NO_ENTRY : `add ${JSON.stringify(entry)} to allow`;
  return { allowed: false, rule, address, range, advice };
}
