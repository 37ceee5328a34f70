import { Lru } from "../../collections/lru.ts";
import { detached } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Origin } from "../transfer/policy.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { type Address, addressForms, privateRange, readAddress } from "./address-ranges.ts";
import { type AllowEntry, type AllowList, allowingEntry } from "./allow-list.ts";
import type { BlockList } from "./block-list.ts";
import type { Decision, ExplainingPolicy } from "./decision.ts";
import { comparableHost, privateName } from "./hosts.ts";
import type { OptionList } from "./option-list.ts";

/** A script learns of a denial at a multiple of this time. Most lookups are faster. */
const SCRIPT_GRID_MS = 100;

/**
 * How many decisions are remembered: for this many hosts, for this many ports of a host, for this many addresses of a
 * port. Without these limits, a caller could fill the memory.
 */
const MOST_HOSTS = 512;
const MOST_PORTS = 4;
const MOST_ADDRESSES = 16;

/** RFC 1035 §2.3.4: a longer name cannot be looked up. */
const LONGEST_REMEMBERED = 255;

/** The advice about hosts such as `a..example`. */
const NO_ENTRY = "nothing: no host name has an empty label";

/** What was decided about one origin. */
interface Remembered {
  readonly entry: AllowEntry | null;
  readonly decision: Decision;
  readonly addresses: Map<string, Decision>;
}

/** Rules, parsed. A list that is null allows everything. */
export interface CompiledRules {
  readonly allow: AllowList | null;
  readonly block: BlockList;
  readonly options: OptionList | null;
  readonly isForScripts: boolean;
}

/** A policy whose rules are parsed once and whose decisions are remembered. */
export class CompiledPolicy implements ExplainingPolicy {
  readonly denialGridMs: number;
  readonly #allow: AllowList | null;
  readonly #block: BlockList;
  readonly #options: OptionList | null;
  readonly #isForScripts: boolean;
  /**
   * By hostname, then by scheme and port. A single key of all three would cost more to build and to hash than
   * everything else here.
   */
  readonly #remembered = new Lru<string, Map<number, Remembered>>(MOST_HOSTS);

  constructor({ allow, block, options, isForScripts }: CompiledRules) {
    this.#allow = allow;
    this.#block = block;
    this.#options = options;
    this.#isForScripts = isForScripts;
    this.denialGridMs = isForScripts ? SCRIPT_GRID_MS : 0;
  }

  checkUrl(url: Origin): void {
    const { decision } = this.#recall(url);
    if (!decision.allowed) throw new TransferFailure("DENIED", decision);
  }

  checkAddress(url: Origin, address: string): void {
    const decision = this.#aboutAddress(url, address);
    if (!decision.allowed) throw new TransferFailure("DENIED", decision);
  }

  /** The operator did not write the names below a wildcard. A script must not find out which of them exist. */
  checkUnresolved(url: Origin): void {
    const { entry } = this.#recall(url);
    if (!this.#isForScripts || entry === null || entry.isExact) return;
    throw new TransferFailure("DENIED", byDefault("default unresolved", url, null, null));
  }

  checkOptions(transfer: Transfer): void {
    const name = this.#options?.findClosed(transfer) ?? null;
    if (name === null) return;
    const advice = `add ${JSON.stringify(name)} to options`;
    const decision = { allowed: false, rule: `option ${name}`, address: null, range: null, advice };
    throw new TransferFailure("DENIED", decision);
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
    this.#remember(url.hostname, port, fresh);
    return fresh;
  }

  #aboutAddress(url: Origin, address: string): Decision {
    const { entry, addresses } = this.#recall(url);
    const known = addresses.get(address);
    if (known !== undefined) return known;
    const decision = Object.freeze(this.#decideAddress(url, address, entry));
    if (addresses.size < MOST_ADDRESSES) addresses.set(address, decision);
    return decision;
  }

  #remember(hostname: string, port: number, fresh: Remembered): void {
    const ports = this.#remembered.get(hostname);
    if (ports === undefined) this.#remembered.set(detached(hostname), new Map([[port, fresh]]));
    else if (ports.size < MOST_PORTS) ports.set(port, fresh);
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
    if (!this.#isForScripts || entry === null || entry.isExact) return null;
    if (address !== null && this.#allow?.names({ ...url, hostname: address.toString() })) return null;
    return byDefault("default private", url, shown, range);
  }
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
