import { AnswerCache } from "./answer-cache.ts";
import { JoinedQueries } from "./joined-queries.ts";
import { toLookupError } from "./lookup-error.ts";
import type { LookupQueue } from "./lookup-queue.ts";
import type { Ask, Asker, PendingLookup, Query } from "./query.ts";

/** One source of addresses. Its answers are cached, and callers that ask for the same name share one query. */
export class CachedQueries {
  readonly #ask: Ask;
  /** Answers to all askers. */
  readonly #cache: AnswerCache;
  /** Answers to the application are kept separately, so that scripts with many names cannot remove them. */
  readonly #own: AnswerCache;
  readonly #joined: JoinedQueries;

  constructor(ask: Ask, queue: LookupQueue, now: () => number) {
    this.#ask = ask;
    this.#cache = new AnswerCache(now);
    this.#own = new AnswerCache(now);
    this.#joined = new JoinedQueries((hostname) => this.#askAndKeep(hostname), queue);
  }

  /** Rejects with a LookupError. */
  lookup(hostname: string, asker: Asker | null): PendingLookup {
    const addresses = this.known(hostname);
    if (addresses !== undefined) return found(addresses);
    const failure = this.#cache.failureOf(hostname);
    // If the failure says nothing definite, an application may ask again at once. Failed lookups of scripts must not
    // affect it.
    if (failure !== undefined && (asker !== null || failure.isDefinite)) return failed(failure);
    const pending = this.#joined.join(hostname, asker);
    if (asker === null) {
      pending.addresses.then(
        (addresses) => this.#own.keep(hostname, addresses),
        () => {},
      );
    }
    return pending;
  }

  /** The addresses in the cache. */
  known(hostname: string): readonly string[] | undefined {
    return this.#own.addressesOf(hostname) ?? this.#cache.addressesOf(hostname);
  }

  #askAndKeep(hostname: string): Query {
    const query = this.#ask(hostname);
    const answer = query.answer.then(
      (addresses) => {
        this.#cache.keep(hostname, addresses);
        return addresses;
      },
      (error: unknown) => {
        const failure = toLookupError(error, hostname);
        if (failure.code !== "ECANCELLED") this.#cache.keepFailure(hostname, failure);
        throw failure;
      },
    );
    return { answer, cancel: () => query.cancel() };
  }
}

/** A lookup that has succeeded already. */
export function found(addresses: readonly string[]): PendingLookup {
  return { addresses: Promise.resolve(addresses), leave: () => {} };
}

/** A lookup that has failed already. */
export function failed(reason: unknown): PendingLookup {
  return { addresses: Promise.reject(reason), leave: () => {} };
}
