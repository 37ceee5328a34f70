import { Lru } from "../../collections/lru.ts";
import type { LookupError } from "./lookup-error.ts";

/** libcurl's CURLOPT_DNS_CACHE_TIMEOUT. */
const KEPT_FOR_MS = 60_000;
/** Long enough for those who ask again and again; a name that has just been made is there soon. */
const FAILURE_KEPT_FOR_MS = 1000;
/** Of all names together, and one for each name: what a server answers fills no memory. */
const MOST_ADDRESSES = 20_000;
const MOST_FAILURES = 1000;

interface Kept<T> {
  readonly value: T;
  readonly expiresAt: number;
}

/** What was answered about names: addresses for a minute, failures for a second. */
export class AnswerCache {
  readonly #now: () => number;
  readonly #addresses = new Lru<string, Kept<readonly string[]>>(MOST_ADDRESSES, {
    weigh: ({ value }) => 1 + value.length,
  });
  /** Apart: names that there are not drive out none of those that there are. */
  readonly #failures = new Lru<string, Kept<LookupError>>(MOST_FAILURES);

  /** @param now milliseconds of a clock that never goes back */
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
