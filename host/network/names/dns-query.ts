import { promises } from "node:dns";
import { isIP } from "node:net";
import { inOrder } from "./address-order.ts";
import { LookupError, toLookupError } from "./lookup-error.ts";
import type { Query } from "./query.ts";
import { candidatesFor, type ResolvConf } from "./resolv-conf.ts";

/** How long the addresses of one family wait for those of the other (RFC 8305 §3 has less, for it can add them later). */
const GRACE_MS = 1000;

/** Codes after which the name is looked for in the next domain, as res_search does. */
const GO_ON: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "ESERVFAIL"]);

export interface DnsOptions extends ResolvConf {
  /** `address:port` of each server to ask. @default those of the system */
  readonly servers?: readonly string[] | undefined;
}

/**
 * One name, asked of the DNS: both families at a time, in each domain after the other. By c-ares, whose queries wait for no
 * thread and can be called back. Its channel lasts as long as the query, so it knows the system's servers of this moment.
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
        // What is said of the name as it is says more than what is said of it in a domain.
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
    if (found.length > 0) return found;
    throw this.#failureOf(answers);
  }

  /** One family has addresses: the other is not waited for without end. */
  readonly #hurry = (): void => {
    if (this.#isCancelled || this.#grace !== undefined) return;
    this.#grace = setTimeout(() => this.#resolver.cancel(), GRACE_MS);
  };

  /** If one family is not known to have no address, the name is not either. */
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
