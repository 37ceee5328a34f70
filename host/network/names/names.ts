import { isIP } from "node:net";
import { detached } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { inOrder } from "./address-order.ts";
import { CachedQueries, failed, found } from "./cached-queries.ts";
import { DnsQuery } from "./dns-query.ts";
import { HOSTS_FILE, parseHosts } from "./hosts-file.ts";
import { LookupError } from "./lookup-error.ts";
import { type LookupLimits, LookupQueue } from "./lookup-queue.ts";
import { type NameServices, NSSWITCH_CONF, parseNameServices } from "./name-services.ts";
import type { Ask, Asker, PendingLookup } from "./query.ts";
import { parseResolvConf, RESOLV_CONF, type ResolvConf } from "./resolv-conf.ts";
import { SecondSource } from "./second-source.ts";
import { mostSystemLookups, type SystemLookup, SystemQuery, systemLookup } from "./system-query.ts";
import { WatchedFile } from "./watched-file.ts";

/**
 * Maximum number of lookups of scripts at the same time: of one run, and of all runs. Others wait, and runs take turns.
 */
export const SCRIPT_LOOKUPS: LookupLimits = { ofOne: 4, ofAll: 256 };

const MAX_NAME_LENGTH = 253;

/** The asker for the application's lookups by the system. */
const APPLICATION: Asker = {};

/** Where names are looked up. Tests use it. By default, it is the system's configuration. */
export interface NamesOptions {
  hostsFile?: string | undefined;
  resolvConf?: string | undefined;
  nsswitchConf?: string | undefined;
  /** `address:port` of each DNS server. */
  servers?: readonly string[] | undefined;
  askDns?: Ask | undefined;
  askSystem?: SystemLookup | undefined;
  scriptLimits?: LookupLimits | undefined;
  /** A clock that never goes back, in milliseconds. */
  now?: (() => number) | undefined;
}

/**
 * The addresses of names, for one network. They come from the hosts file and from the DNS. For the application, they
 * also come from the system, if it may know more names. A lookup of a script never needs a thread. A lookup of the
 * application never waits for a lookup of a script, nor for another lookup that the DNS does not answer.
 */
export class Names {
  readonly #hosts: WatchedFile<ReadonlyMap<string, readonly string[]>>;
  readonly #conf: WatchedFile<ResolvConf>;
  readonly #services: WatchedFile<NameServices>;
  readonly #dns: CachedQueries;
  readonly #system: CachedQueries;

  constructor(options: NamesOptions = {}) {
    const { servers, now = () => performance.now(), askSystem = systemLookup } = options;
    this.#hosts = new WatchedFile(options.hostsFile ?? HOSTS_FILE, parseHosts, now);
    this.#conf = new WatchedFile(options.resolvConf ?? RESOLV_CONF, (text) => parseResolvConf(text), now);
    this.#services = new WatchedFile(
      options.nsswitchConf ?? NSSWITCH_CONF,
      (text) => parseNameServices(text),
      now,
    );
    const askDns = options.askDns ?? ((name) => new DnsQuery(name, { ...this.#conf.value, servers }));
    this.#dns = new CachedQueries(askDns, new LookupQueue(options.scriptLimits ?? SCRIPT_LOOKUPS), now);
    const most = mostSystemLookups();
    const queue = new LookupQueue({ ofOne: most, ofAll: most });
    this.#system = new CachedQueries((name) => new SystemQuery(name, askSystem), queue, now);
  }

  /**
   * The addresses of a hostname of a `Url`, at least one, in the order of preference. For an address it gives this
   * address. Rejects with a TransferFailure, COULDNT_RESOLVE_HOST.
   */
  lookup(hostname: string, asker: Asker | null): PendingLookup {
    const pending = this.#find(hostname, asker);
    const addresses = pending.addresses.catch((error: unknown) => {
      throw new TransferFailure("COULDNT_RESOLVE_HOST", error);
    });
    return { addresses, leave: () => pending.leave() };
  }

  #find(hostname: string, asker: Asker | null): PendingLookup {
    if (isIP(hostname) !== 0) return found([hostname]);
    // RFC 6761 §6.3: these names are always the loopback addresses. No resolver is asked.
    if (/(?:^|\.)localhost$/.test(hostname)) return found(["::1", "127.0.0.1"]);
    if (!isLookedUp(hostname)) return failed(new LookupError("EBADNAME", hostname));
    const written = this.#hosts.value.get(hostname);
    if (written !== undefined) return found(inOrder(written));
    const name = detached(hostname);
    return asker === null ? this.#findForApplication(name) : this.#dns.lookup(name, asker);
  }

  #findForApplication(hostname: string): PendingLookup {
    const services = this.#services.value;
    if (!services.mayKnow(hostname)) return this.#dns.lookup(hostname, null);
    const askSystem = (): PendingLookup => this.#system.lookup(hostname, APPLICATION);
    if (services.isLocal(hostname) || this.#system.known(hostname) !== undefined) return askSystem();
    return new SecondSource(this.#dns.lookup(hostname, null), askSystem);
  }
}

/**
 * RFC 1035 §2.3.4 limits the length of names, and c-ares reads escapes in them. RFC 7686 forbids looking up `.onion` in
 * the DNS.
 */
function isLookedUp(hostname: string): boolean {
  if (hostname.length > MAX_NAME_LENGTH || hostname.endsWith(".onion")) return false;
  if (!/^[\x21-\x5b\x5d-\x7e]+$/.test(hostname)) return false;
  return hostname.split(".").every((label, index, { length }) => {
    const root = index === length - 1 && length > 1;
    return label === "" ? root : label.length <= 63;
  });
}
