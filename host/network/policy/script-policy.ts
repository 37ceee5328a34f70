import { TransferFailure } from "../transfer/failures.ts";
import type { Origin, Permit, Policy, RequestLine } from "../transfer/policy.ts";
import type { Transfer } from "../transfer/transfer.ts";
import type { Url } from "../url/url.ts";
import { allowingEntry } from "./allow-list.ts";

/**
 * A policy that reports what a script asks for. The option `proxy` counts only if the script named the proxy itself,
 * not if the host set it.
 */
export class ScriptPolicy implements Policy {
  readonly denialGridMs: number;
  readonly #policy: Policy;
  readonly #onOrigin: ((entry: string) => void) | undefined;
  readonly #namesProxy: boolean;

  constructor(policy: Policy, onOrigin: ((entry: string) => void) | undefined, namesProxy: boolean) {
    this.denialGridMs = policy.denialGridMs ?? 0;
    this.#policy = policy;
    this.#onOrigin = onOrigin;
    this.#namesProxy = namesProxy;
  }

  checkUrl(url: Url): void {
    const entry = allowingEntry(url);
    if (entry !== null) this.#tell(entry);
    this.#policy.checkUrl(url);
  }

  checkOptions(transfer: Transfer): void {
    this.#policy.checkOptions?.(this.#namesProxy ? transfer : { ...transfer, proxy: null });
  }

  permit(url: Origin, line: RequestLine): Permit {
    return this.#policy.permit?.(url, line) ?? this.#policy;
  }

  checkUnresolved(url: Origin): void {
    this.#policy.checkUnresolved?.(url);
  }

  checkAddress(url: Pick<Url, "scheme" | "hostname" | "port">, address: string): void {
    this.#policy.checkAddress(url, address);
  }

  /** If the application's function throws, the request is not made: the application must know of every request. */
  #tell(entry: string): void {
    try {
      this.#onOrigin?.(entry);
    } catch (error) {
      throw new TransferFailure("ABORTED_BY_CALLBACK", error);
    }
  }
}
