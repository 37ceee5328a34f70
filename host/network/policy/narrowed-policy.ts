import type { MatchedRule } from "../../api/events.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Origin, Permit, Policy, RequestLine } from "../transfer/policy.ts";
import type { Terms } from "../transfer/terms.ts";
import type { Transfer } from "../transfer/transfer.ts";
import type { Decision } from "./decision.ts";

/** A policy of a runtime, and the one of a run inside it: both must allow. The operator learns which of them did not. */
export class NarrowedPolicy implements Policy {
  readonly denialGridMs: number;
  readonly #outer: Policy;
  readonly #inner: Policy;

  constructor(outer: Policy, inner: Policy) {
    this.#outer = outer;
    this.#inner = inner;
    this.denialGridMs = outer.denialGridMs ?? 0;
  }

  checkUrl(url: Origin): void {
    this.#outer.checkUrl(url);
    asOfRun(() => this.#inner.checkUrl(url));
  }

  checkOptions(transfer: Transfer): void {
    this.#outer.checkOptions?.(transfer);
    asOfRun(() => this.#inner.checkOptions?.(transfer));
  }

  permit(url: Origin, line: RequestLine): Permit {
    const outer = this.#outer.permit?.(url, line) ?? this.#outer;
    return new NarrowedPermit(
      outer,
      asOfRun(() => this.#inner.permit?.(url, line) ?? this.#inner),
    );
  }

  checkAddress(url: Origin, address: string): void {
    new NarrowedPermit(this.#outer, this.#inner).checkAddress(url, address);
  }

  checkUnresolved(url: Origin): void {
    new NarrowedPermit(this.#outer, this.#inner).checkUnresolved(url);
  }
}

class NarrowedPermit implements Permit {
  readonly terms: readonly Terms[];
  readonly rule: MatchedRule | null;
  readonly isTraced: boolean;
  readonly #outer: Permit;
  readonly #inner: Permit;

  constructor(outer: Permit, inner: Permit) {
    this.#outer = outer;
    this.#inner = inner;
    this.rule = outer.rule ?? null;
    this.isTraced = outer.isTraced !== false && inner.isTraced !== false;
    this.terms = [...(outer.terms ?? []), ...(inner.terms ?? [])];
  }

  checkAddress(url: Origin, address: string): void {
    this.#outer.checkAddress(url, address);
    asOfRun(() => this.#inner.checkAddress(url, address));
  }

  checkUnresolved(url: Origin): void {
    this.#outer.checkUnresolved?.(url);
    asOfRun(() => this.#inner.checkUnresolved?.(url));
  }
}

/** A denial of the run's own policy says so. */
function asOfRun<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof TransferFailure) || error.code !== "DENIED") throw error;
    const decision = error.cause as Decision;
    throw new TransferFailure("DENIED", { ...decision, rule: `run: ${decision.rule}` });
  }
}
