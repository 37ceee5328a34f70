import { Lru } from "../../collections/lru.ts";
import type { LookupError } from "./lookup-error.ts";

/** The default of libcurl's CURLOPT_DNS_CACHE_TIMEOUT. */
const KEPT_FOR_MS = 60_000;
/** Long enough if somebody asks again and again. Short enough that a new name works soon. */
const FAILURE_KEPT_FOR_MS = 1000;
/**
 * Maximum for all names together. The name itself counts as one more. So the answers of a server cannot fill the
 * memory.
 */
const MOST_ADDRESSES = 20_000;
const MOST_FAILURES = 1000;

interface Kept<T> {
  readonly value: T;
  readonly expiresAt: number;
}

/** Keeps the answers for names: addresses for a minute, failures for a second. */
export class AnswerCache {
  readonly #now: () => number;
  readonly #addresses = new Lru<string, Kept<readonly string[]>>(MOST_ADDRESSES, {
    weigh: ({ value }) => 1 + value.length,
  });
  /** Failures are separate, so that names that do not exist cannot remove existing names from the cache. */
  readonly #failures = new Lru<string, Kept<LookupError>>(MOST_FAILURES);

  /** @param now a clock that never goes back, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  addressesOf(hostname: string): readonly string[] | undefined {
    return this.#fresh(this.#addresses.get(hostname));
  }

  failureOf(hostname: string): LookupError | undefined {
    return this.#fresh(this.#failures.get(hostname));
  }

  keep(hostname: string, addresses: readonly string[]): void {
    this.#failures.delete(hostname);
    this.#addresses.set(hostname, { value: addresses, expiresAt: this.#now() + KEPT_FOR_MS });
  }

  keepFailure(hostname: string, failure: LookupError): void {
    this.#failures.set(hostname, { value: failure, expiresAt: this.#now() + FAILURE_KEPT_FOR_MS });
  }

  #fresh<T>(kept: Kept<T> | undefined): T | undefined {
    return kept !== undefined && kept.expiresAt > this.#now() ? kept.value : undefined;
  }
}
