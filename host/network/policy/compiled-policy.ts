import { Lru } from "../../collections/lru.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Origin } from "../transfer/policy.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { type Address, addressForms, privateRange, readAddress } from "./address-ranges.ts";
import { type AllowEntry, type AllowList, allowingEntry } from "./allow-list.ts";
import type { BlockList } from "./block-list.ts";
import type { Decision, ExplainingPolicy } from "./decision.ts";
import { comparableHost, privateName } from "./hosts.ts";
import type { OptionList } from "./option-list.ts";

/** Wide enough for most lookups. */
const SCRIPT_GRID_MS = 100;

/**
 * What is remembered: decisions about so many hosts, about so many ports of each, about so many addresses behind each port.
 * Whoever asks for more fills no memory.
 */
const MOST_HOSTS = 512;
const MOST_PORTS = 4;
const MOST_ADDRESSES = 16;

/** RFC 1035 §2.3.4: longer names cannot be looked up. */
const LONGEST_REMEMBERED = 255;

/** The advice about hosts such as `a..example`. */
const NO_ENTRY = "nothing: a name with an empty label is none";

/** What was decided about one origin. */
interface Remembered {
  readonly entry: AllowEntry | null;
  readonly decision: Decision;
  readonly addresses: Map<string, Decision>;
}

/** Rules, parsed. A list that is null leaves everything open. */
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
  /** By hostname (not by a joined key: to build and hash one would cost more than all the rest), then scheme and port. */
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

  /** Names below a wildcard are not the operator's own words: which of them exist is none of a script's business. */
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
    if (!this.#isForScripts || entry === null || entry.isExact) return null;
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
  const entry = allowingEntry(url);
  const advice = entry === null ? NO_ENTRY : `add ${JSON.stringify(entry)} to allow`;
  return { allowed: false, rule, address, range, advice };
}
