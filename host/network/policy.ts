import { HttpBackgroundError } from "../errors.ts";
import { type Address, addressForms, privateRange, readAddress } from "./address-ranges.ts";
import { type AllowEntry, AllowList, entryFor, type Origin } from "./allow-list.ts";
import { BlockList } from "./block-list.ts";
import { TransferFailure } from "./failures.ts";
import { comparableHost, privateName } from "./policy-hosts.ts";
import type { Url } from "./url.ts";

/** Which origins and which addresses a caller may reach. Both checks throw `TransferFailure` with DENIED. */
export interface Policy {
  /** For the URL of the call and of every redirect hop. */
  checkUrl(url: Url): void;
  /**
   * For every address of `url`'s host, before any of them is dialled, and for the peer of a connection that is
   * used again. One address that is denied denies the host.
   */
  checkAddress(url: Pick<Url, "scheme" | "hostname" | "port">, address: string): void;
}

/** What an operator writes. */
export interface PolicyRules {
  /** `scheme://host[:port]` each. Absent: everything for an application, nothing for a script. */
  allow?: readonly string[] | undefined;
  /** Names, `*.name`, addresses, CIDR ranges, `private`. Wins over `allow`. */
  block?: readonly string[] | undefined;
}

/** What a policy says about an origin or an address, for the operator's eyes. It is the cause of a DENIED. */
export interface Decision {
  readonly allowed: boolean;
  /** `allow ENTRY`, `block ENTRY`, or one of `default allow`, `default deny`, `default private`. */
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

/** Decisions that are remembered; then all are forgotten at once, so that nobody can fill the memory. */
const MOST_REMEMBERED = 4096;

/** RFC 1035 §2.3.4: longer names cannot be looked up. */
const LONGEST_REMEMBERED = 255;

/** What was decided about one origin. */
interface Remembered {
  readonly entry: AllowEntry | null;
  readonly decision: Decision;
  readonly addresses: Map<string, Decision>;
}

/**
 * Compiles rules. null is a policy that allows everything: an application without rules.
 *
 * A script may reach nothing that is not on its allow list, and of that nothing private unless an entry
 * names the very host or address (no wildcard in its host).
 *
 * @throws HttpBackgroundError BAD_CONFIG, naming the entry that is wrong and saying how to write it
 */
export function createPolicy(
  rules: PolicyRules | undefined,
  defaults: { audience: "application" | "script" },
): ExplainingPolicy | null {
  const { allow, block } = readRules(rules);
  const isScript = defaults.audience === "script";
  if (!isScript && allow === undefined && (block ?? []).length === 0) return null;
  const list = allow === undefined && !isScript ? null : new AllowList(allow ?? [], "policy.allow");
  return new CompiledPolicy(list, new BlockList(block ?? [], "policy.block"), isScript);
}

class CompiledPolicy implements ExplainingPolicy {
  readonly #allow: AllowList | null;
  readonly #block: BlockList;
  readonly #hidesPrivate: boolean;
  /** By hostname (not by a joined key: to build and hash one would cost more than all the rest), then scheme and port. */
  readonly #remembered = new Map<string, Map<number, Remembered>>();
  #rememberedCount = 0;

  constructor(allow: AllowList | null, block: BlockList, hidesPrivate: boolean) {
    this.#allow = allow;
    this.#block = block;
    this.#hidesPrivate = hidesPrivate;
  }

  checkUrl(url: Origin): void {
    const { decision } = this.#recall(url);
    if (!decision.allowed) throw new TransferFailure("DENIED", decision);
  }

  checkAddress(url: Origin, address: string): void {
    const decision = this.#aboutAddress(url, address);
    if (!decision.allowed) throw new TransferFailure("DENIED", decision);
  }

  explain(url: Origin, addresses: readonly string[] = []): Decision {
    const { decision } = this.#recall(url);
    if (!decision.allowed) return decision;
    return (
      addresses.map((address) => this.#aboutAddress(url, address)).find((one) => !one.allowed) ?? decision
    );
  }

  #recall(url: Origin): Remembered {
    const port = url.scheme === "https" ? url.port : -1 - url.port;
    const known = this.#remembered.get(url.hostname)?.get(port);
    if (known !== undefined) return known;
    const entry = this.#allow?.find(url) ?? null;
    const fresh = { entry, decision: Object.freeze(this.#decideUrl(url, entry)), addresses: new Map() };
    if (url.hostname.length > LONGEST_REMEMBERED) return fresh;
    this.#makeRoom();
    const ports = this.#remembered.get(url.hostname) ?? new Map<number, Remembered>();
    this.#remembered.set(detached(url.hostname), ports.set(port, fresh));
    return fresh;
  }

  #aboutAddress(url: Origin, address: string): Decision {
    const { entry, addresses } = this.#recall(url);
    const known = addresses.get(address);
    if (known !== undefined) return known;
    this.#makeRoom();
    const decision = Object.freeze(this.#decideAddress(url, address, entry));
    addresses.set(address, decision);
    return decision;
  }

  #makeRoom(): void {
    if (this.#rememberedCount === MOST_REMEMBERED) {
      this.#remembered.clear();
      this.#rememberedCount = 0;
    }
    this.#rememberedCount += 1;
  }

  #decideUrl(url: Origin, entry: AllowEntry | null): Decision {
    const host = comparableHost(url.hostname);
    const blocked = this.#block.findName(host);
    if (blocked !== null) return byBlock(blocked, null, null);
    const verdict = this.#decidePrivate(url, entry, readAddress(host), privateName(host));
    if (verdict !== null) return verdict;
    if (this.#allow === null) return allowed("default allow", null);
    if (entry === null) return byDefault("default deny", url, null, null);
    return allowed(`allow ${entry.text}`, null);
  }

  #decideAddress(url: Origin, text: string, entry: AllowEntry | null): Decision {
    const address = readAddress(text);
    if (address === null) return byDefault("default deny", url, text, "not an address");
    const verdict = this.#decidePrivate(url, entry, address, null);
    return verdict ?? allowed(entry === null ? "default allow" : `allow ${entry.text}`, text);
  }

  /** The denial that an address, or a name that is private by itself, has earned. */
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
    // What is on no list at all is denied for that reason first.
    if (!this.#hidesPrivate || entry === null || entry.isExact) return null;
    if (address !== null && this.#allow?.names({ ...url, hostname: address.toString() })) return null;
    return byDefault("default private", url, shown, range);
  }
}

/** A copy: a part of a string keeps the whole of it, here a URL of any length, in memory. */
function detached(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
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
  return { allowed: false, rule, address, range, advice: `add ${JSON.stringify(entryFor(url))} to allow` };
}

function readRules(rules: PolicyRules | undefined): PolicyRules {
  if (rules === undefined) return {};
  if (typeof rules !== "object" || rules === null || Array.isArray(rules)) {
    throw new HttpBackgroundError("BAD_CONFIG", "policy: must be an object with allow and block", {
      option: "policy",
    });
  }
  for (const [key, value] of Object.entries(rules)) {
    const option = `policy.${key}`;
    if (key !== "allow" && key !== "block") {
      throw new HttpBackgroundError("BAD_CONFIG", `${option}: no such key; there are allow and block`, {
        option,
      });
    }
    if (value !== undefined && !Array.isArray(value)) {
      throw new HttpBackgroundError("BAD_CONFIG", `${option}: must be an array of strings`, { option });
    }
  }
  return rules;
}
