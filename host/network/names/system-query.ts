import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { LookupError, toLookupError } from "./lookup-error.ts";
import type { Query } from "./query.ts";

/** getaddrinfo, with its own order. */
export type SystemLookup = (hostname: string) => Promise<readonly string[]>;

/** What libuv has if `UV_THREADPOOL_SIZE` says nothing. */
const DEFAULT_THREADS = 4;

export const systemLookup: SystemLookup = async (hostname) => {
  const found = await lookup(hostname, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
};

/**
 * How many lookups may be in the thread pool at a time: all but one of those that libuv runs side by side, which is half of
 * its threads. One place stays for whatever else in the process looks names up.
 */
export function mostSystemLookups(env: NodeJS.ProcessEnv = process.env): number {
  const threads = Number(env.UV_THREADPOOL_SIZE) || DEFAULT_THREADS;
  return Math.max(1, Math.floor((threads + 1) / 2) - 1);
}

/** One name, asked of the system itself. It takes a thread, and nothing calls it back. */
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
      if (addresses.length > 0) return addresses;
    } catch (error) {
      throw toLookupError(error, hostname);
    }
    throw new LookupError("ENODATA", hostname);
  }
}
