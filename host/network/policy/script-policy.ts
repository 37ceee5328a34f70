import type { ScriptRequest } from "../../api/rules.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Origin, Permit, Policy, RequestLine } from "../transfer/policy.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { allowingEntry } from "./allow-list.ts";
import { pathOf, readPath } from "./request-path.ts";

/** Functions of the application that learn what scripts ask for. */
export interface Observers {
  readonly onOrigin?: ((entry: string) => void) | undefined;
  readonly onRequest?: ((request: ScriptRequest) => void) | undefined;
}

/**
 * A policy that reports what a script asks for. The option `proxy` counts only if the script named the proxy itself,
 * not if the host set it.
 */
export class ScriptPolicy implements Policy {
  readonly denialGridMs: number;
  readonly #policy: Policy;
  readonly #onOrigin: ((entry: string) => void) | undefined;
  readonly #onRequest: ((request: ScriptRequest) => void) | undefined;
  readonly #namesProxy: boolean;

  constructor(policy: Policy, { onOrigin, onRequest }: Observers, namesProxy: boolean) {
    this.#onRequest = onRequest;
    this.denialGridMs = policy.denialGridMs ?? 0;
    this.#policy = policy;
    this.#onOrigin = onOrigin;
    this.#namesProxy = namesProxy;
  }

  observe(url: Origin, { method, target }: RequestLine): void {
    const origin = allowingEntry(url);
    if (origin === null) return;
    this.#tell(() => this.#onOrigin?.(origin));
    if (this.#onRequest === undefined) return;
    const path = readPath(target) === null ? null : pathOf(target);
    this.#tell(() => this.#onRequest?.({ origin, method: asText(method), path }));
  }

  checkUrl(url: Origin): void {
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

  checkAddress(url: Origin, address: string): void {
    this.#policy.checkAddress(url, address);
  }

  /** If the application's function throws, the request is not made: the application must know of every request. */
  #tell(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      throw new TransferFailure("ABORTED_BY_CALLBACK", error);
    }
  }
}

function asText(bytes: ByteString): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}
