import { channel } from "node:diagnostics_channel";
import { entryFor } from "../policy/allow-list.ts";
import type { Decision } from "../policy/decision.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Origin, Policy } from "../transfer/policy.ts";

/** What is published on `http-background:policy:denied`: everything that the caller is not told. */
export interface PolicyDenied extends Decision {
  /** Id of the thread that the call was for. */
  readonly thread: string;
  /** `scheme://host[:port]` of the URL that was denied; no credentials, path or query. */
  readonly origin: string;
  /** 0 is the URL of the call, 1 the first redirect. */
  readonly hop: number;
}

const denied = channel("http-background:policy:denied");

/** Tells the operator why a transfer was denied, once for each; nothing for any other failure. */
export function reportDenial(failure: TransferFailure, where: { thread: string; url: Origin; hop: number }) {
  if (failure.code !== "DENIED" || !denied.hasSubscribers) return;
  const { thread, url, hop } = where;
  const message: PolicyDenied = { thread, origin: entryFor(url), hop, ...(failure.cause as Decision) };
  denied.publish(message);
}

/** What the caller is told of a failure: that a name has no address may have to look as if it were denied. */
export function asDenial(failure: TransferFailure, policy: Policy | null, url: Origin): TransferFailure {
  if (!isUnresolved(failure)) return failure;
  try {
    policy?.checkUnresolved?.(url);
    return failure;
  } catch (denial) {
    return denial instanceof TransferFailure ? denial : failure;
  }
}

/** A SOCKS proxy that needs an address is told of as the proxy's failure. */
function isUnresolved({ code, cause }: TransferFailure): boolean {
  return code === "COULDNT_RESOLVE_HOST" || (code === "PROXY" && isUnresolvedCause(cause));
}

function isUnresolvedCause(cause: unknown): boolean {
  if (cause instanceof TransferFailure && cause.code === "COULDNT_RESOLVE_HOST") return true;
  return cause instanceof Error && isUnresolvedCause(cause.cause);
}

/**
 * How long a denial is kept back: to the next mark of the policy's grid, counted from the start of the call. Otherwise the
 * time would tell whether it was the URL or an address, looked up or not, that was denied.
 */
export function denialDelayMs(policy: Policy | null, elapsedMs: number): number {
  const grid = policy?.denialGridMs ?? 0;
  return grid === 0 ? 0 : grid - (elapsedMs % grid);
}
