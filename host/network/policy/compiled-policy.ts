import { Lru } from "../../collections/lru.ts";
import { detached } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Origin, Permit, RequestLine } from "../transfer/policy.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { type CompiledRules, Decider, misfitDenial, optionDenial } from "./decider.ts";
import type { Decision, ExplainingPolicy } from "./decision.ts";
import type { OptionList } from "./option-list.ts";
import { OriginVerdict } from "./origin-verdict.ts";
import { refuseDenied } from "./verdict.ts";

/** A script learns of a denial at a multiple of this time. Most lookups are faster. */
const SCRIPT_GRID_MS = 100;

/**
 * How many decisions are remembered: for this many hosts, for this many ports of a host. Without these limits, a caller
 * could fill the memory.
 */
const MOST_HOSTS = 512;
const MOST_PORTS = 4;

/** RFC 1035 §2.3.4: a longer name cannot be looked up. */
const LONGEST_REMEMBERED = 255;

/** A policy whose rules are parsed once and whose decisions are remembered. */
export class CompiledPolicy implements ExplainingPolicy {
  readonly denialGridMs: number;
  readonly #decider: Decider;
  readonly #options: OptionList | null;
  /**
   * By hostname, then by scheme and port. A single key of all three would cost more to build and to hash than
   * everything else here.
   */
  readonly #remembered = new Lru<string, Map<number, OriginVerdict>>(MOST_HOSTS);

  constructor(rules: CompiledRules) {
    this.#decider = new Decider(rules);
    this.#options = rules.options;
    this.denialGridMs = rules.isForScripts ? SCRIPT_GRID_MS : 0;
  }

  checkUrl(url: Origin): void {
    refuseDenied(this.#recall(url).decision);
  }

  permit(url: Origin, line: RequestLine): Permit {
    const permit = this.#recall(url).permit(url, line);
    if ("misfit" in permit) throw new TransferFailure("DENIED", misfitDenial(permit.misfit, permit.entry));
    refuseDenied(permit.decision);
    return permit;
  }

  checkAddress(url: Origin, address: string): void {
    this.#recall(url).checkAddress(url, address);
  }

  checkUnresolved(url: Origin): void {
    this.#recall(url).checkUnresolved(url);
  }

  checkOptions(transfer: Transfer): void {
    const name = this.#options?.findClosed(transfer) ?? null;
    if (name !== null) throw new TransferFailure("DENIED", optionDenial(name));
  }

  explain(url: Origin, addresses: readonly string[] = [], line: RequestLine | null = null): Decision {
    const about = this.#recall(url);
    if (!about.decision.allowed) return about.decision;
    const permit = line === null ? about : about.permit(url, line);
    if ("misfit" in permit) return misfitDenial(permit.misfit, permit.entry);
    const { decision } = permit;
    if (!decision.allowed) return decision;
    return addresses.map((address) => permit.aboutAddress(url, address)).find(isDenied) ?? decision;
  }

  #recall(url: Origin): OriginVerdict {
    const port = url.scheme === "https" ? url.port : -1 - url.port;
    const known = this.#remembered.get(url.hostname)?.get(port);
    if (known !== undefined) return known;
    const fresh = new OriginVerdict(this.#decider, url);
    if (url.hostname.length <= LONGEST_REMEMBERED) this.#remember(url.hostname, port, fresh);
    return fresh;
  }

  #remember(hostname: string, port: number, fresh: OriginVerdict): void {
    const ports = this.#remembered.get(hostname);
    if (ports === undefined) this.#remembered.set(detached(hostname), new Map([[port, fresh]]));
    else if (ports.size < MOST_PORTS) ports.set(port, fresh);
  }
}

function isDenied({ allowed }: Decision): boolean {
  return !allowed;
}
