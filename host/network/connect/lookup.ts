import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { Lru } from "../../collections/lru.ts";
import { TransferFailure } from "../transfer/failures.ts";

/**
 * Gives the addresses of a name, in the order of preference. If the name has none, it rejects or gives an empty list.
 */
export type Resolver = (hostname: string) => Promise<readonly string[]>;

const KEPT_FOR_MS = 60_000;
const MAX_NAMES = 10_000;
const MAX_NAME_LENGTH = 253;

/** Asks the system with getaddrinfo and keeps its order, as curl does. */
export const systemResolver: Resolver = async (hostname) => {
  const found = await lookup(hostname, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
};

interface Entry {
  addresses: Promise<readonly string[]>;
  /** Infinity until the answer comes. */
  expiresAt: number;
}

/**
 * Looks names up, and keeps each answer for a minute, as libcurl does. It does not keep failures. Callers that ask for
 * the same name during a lookup share the answer.
 */
export class NameCache {
  readonly #resolve: Resolver;
  readonly #now: () => number;
  readonly #entries = new Lru<string, Entry>(MAX_NAMES);

  /** @param now a clock that never goes back, in milliseconds */
  constructor(resolve: Resolver = systemResolver, now: () => number = () => performance.now()) {
    this.#resolve = resolve;
    this.#now = now;
  }

  /**
   * The addresses of a hostname of a `Url`, at least one. For an address it returns this address.
   *
   * @throws TransferFailure COULDNT_RESOLVE_HOST
   */
  async lookup(hostname: string): Promise<readonly string[]> {
    return isIP(hostname) ? [hostname] : this.#lookupName(hostname);
  }

  #lookupName(hostname: string): readonly string[] | Promise<readonly string[]> {
    // RFC 6761 §6.3: these names are always the loopback addresses. No resolver is asked.
    if (/(?:^|\.)localhost$/.test(hostname)) return ["::1", "127.0.0.1"];
    const kept = this.#entries.get(hostname);
    if (kept !== undefined && kept.expiresAt > this.#now()) return kept.addresses;
    const entry = { addresses: this.#ask(hostname), expiresAt: Number.POSITIVE_INFINITY };
    this.#entries.set(hostname, entry);
    entry.addresses.then(
      () => {
        entry.expiresAt = this.#now() + KEPT_FOR_MS;
      },
      () => {
        if (this.#entries.get(hostname) === entry) this.#entries.delete(hostname);
      },
    );
    return entry.addresses;
  }

  async #ask(hostname: string): Promise<readonly string[]> {
    try {
      if (!isLookedUp(hostname)) throw new Error("No resolver is asked for this name");
      const addresses = (await this.#resolve(hostname)).filter((address) => isIP(address) !== 0);
      if (addresses.length === 0) throw new Error("The name has no address");
      return addresses;
    } catch (error) {
      throw new TransferFailure("COULDNT_RESOLVE_HOST", error);
    }
  }
}

/** RFC 1035 §2.3.4 limits the length of names. RFC 7686 forbids looking up `.onion` in the DNS. */
function isLookedUp(hostname: string): boolean {
  if (hostname.length > MAX_NAME_LENGTH || /\.onion$/.test(hostname)) return false;
  return hostname.split(".").every((label, index, { length }) => {
    const root = index === length - 1 && length > 1;
    return label === "" ? root : label.length <= 63;
  });
}
