import { promises } from "node:dns";
import { isIP } from "node:net";
import { inOrder } from "./address-order.ts";
import { fewAddresses } from "./few-addresses.ts";
import { LookupError, toLookupError } from "./lookup-error.ts";
import type { Query } from "./query.ts";
import { candidatesFor, type ResolvConf } from "./resolv-conf.ts";

/**
 * How long addresses of one family wait for the other family. RFC 8305 §3 waits less, because it can add them later.
 */
const GRACE_MS = 1000;

/** Codes after which the name is looked up in the next domain, as in res_search. */
const GO_ON: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "ESERVFAIL"]);

export interface DnsOptions extends ResolvConf {
  /** `address:port` of each server to ask. @default those of the system */
  readonly servers?: readonly string[] | undefined;
}

/**
 * Looks one name up in the DNS: both families at the same time, the domains one after the other. It uses c-ares, whose
 * queries need no thread and can be cancelled. Each query has its own channel, so it uses the servers that the system
 * has at this moment.
 */
export class DnsQuery implements Query {
  readonly answer: Promise<readonly string[]>;
  readonly #hostname: string;
  readonly #resolver: promises.Resolver;
  #grace: NodeJS.Timeout | undefined;
  #isCancelled = false;

  constructor(hostname: string, options: DnsOptions) {
    const { servers, timeoutMs, tries } = options;
    this.#hostname = hostname;
    this.#resolver = new promises.Resolver({ timeout: timeoutMs, tries });
    if (servers !== undefined) this.#resolver.setServers(servers);
    this.answer = this.#run(candidatesFor(hostname, options)).then((addresses) => inOrder(addresses));
  }

  cancel(): boolean {
    this.#isCancelled = true;
    clearTimeout(this.#grace);
    this.#resolver.cancel();
    return true;
  }

  async #run(candidates: readonly string[]): Promise<readonly string[]> {
    let failure: LookupError | undefined;
    for (const candidate of candidates) {
      try {
        return await this.#ask(candidate);
      } catch (error) {
        const found = this.#explain(error);
        // The failure for the name itself says more than the failure for the name in a domain.
        if (failure === undefined || candidate === this.#hostname) failure = found;
        if (this.#isCancelled || !GO_ON.has(found.code)) throw found;
      }
    }
    throw failure ?? new LookupError("ENOTFOUND", this.#hostname);
  }

  async #ask(name: string): Promise<string[]> {
    const families = [this.#resolver.resolve6(name), this.#resolver.resolve4(name)];
    for (const family of families) family.then(this.#hurry, () => {});
    const answers = await Promise.allSettled(families);
    clearTimeout(this.#grace);
    this.#grace = undefined;
    const addresses = answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    const found = addresses.filter((address) => isIP(address) !== 0);
    if (found.length > 0) return fewAddresses(found);
    throw this.#failureOf(answers);
  }

  /** One family has addresses, so it does not wait much longer for the other. */
  readonly #hurry = (): void => {
    if (this.#isCancelled || this.#grace !== undefined) return;
    this.#grace = setTimeout(() => this.#resolver.cancel(), GRACE_MS);
  };

  /** If it is not certain that one family has no address, it is not certain for the name. */
  #failureOf(answers: readonly PromiseSettledResult<string[]>[]): LookupError {
    const reasons = answers.map((answer) => (answer.status === "rejected" ? answer.reason : undefined));
    const failures = reasons.filter((reason) => reason !== undefined).map((reason) => this.#explain(reason));
    const unsure = failures.find(({ isDefinite }) => !isDefinite);
    return unsure ?? failures.find(({ code }) => code === "ENODATA") ?? this.#noAddress(failures[0]);
  }

  #noAddress(failure: LookupError | undefined): LookupError {
    return failure ?? new LookupError("ENODATA", this.#hostname, { server: this.#servers });
  }

  #explain(error: unknown): LookupError {
    return toLookupError(error, this.#hostname, this.#servers);
  }

  get #servers(): string | undefined {
    const servers = this.#resolver.getServers();
    return servers.length === 0 ? undefined : servers.join(",");
  }
}
