import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { fewAddresses } from "./few-addresses.ts";
import { LookupError, toLookupError } from "./lookup-error.ts";
import type { Query } from "./query.ts";

/** getaddrinfo, with its own order. */
export type SystemLookup = (hostname: string) => Promise<readonly string[]>;

/** The number of threads of libuv without `UV_THREADPOOL_SIZE`. */
const DEFAULT_THREADS = 4;

export const systemLookup: SystemLookup = async (hostname) => {
  const found = await lookup(hostname, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
};

/**
 * How many lookups may be in the thread pool at the same time. libuv runs lookups on half of its threads. We use all of
 * these except one, which is left for other lookups in this process.
 */
export function mostSystemLookups(env: NodeJS.ProcessEnv = process.env): number {
  const threads = Number(env.UV_THREADPOOL_SIZE) || DEFAULT_THREADS;
  return Math.max(1, Math.floor((threads + 1) / 2) - 1);
}

/** Asks the system itself for one name. It needs a thread, and cannot be cancelled. */
export class SystemQuery implements Query {
  readonly answer: Promise<readonly string[]>;

  constructor(hostname: string, ask: SystemLookup) {
    this.answer = this.#run(hostname, ask);
  }

  cancel(): boolean {
    return false;
  }

  async #run(hostname: string, ask: SystemLookup): Promise<readonly string[]> {
    try {
      const addresses = (await ask(hostname)).filter((address) => isIP(address) !== 0);
      if (addresses.length > 0) return fewAddresses(addresses);
    } catch (error) {
      throw toLookupError(error, hostname);
    }
    throw new LookupError("ENODATA", hostname);
  }
}
