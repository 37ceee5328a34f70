import { channel } from "node:diagnostics_channel";
import type { PolicyDenied } from "../../api/events.ts";
import { entryFor } from "../policy/allow-list.ts";
import type { Decision } from "../policy/decision.ts";
import type { AskingRun } from "../transfer/asking-run.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Origin, Permit, Policy } from "../transfer/policy.ts";
import { describeRun } from "./diagnostics.ts";

/** Where a request was denied. */
interface DeniedRequest {
  readonly thread: string;
  /** The number of the call. */
  readonly call: number;
  readonly asker: AskingRun | null;
  readonly url: Origin;
  readonly hop: number;
}

const denied = channel("http-background:policy:denied");

/** Tells the operator why a transfer was denied. Other failures are not published here. */
export function reportDenial(failure: TransferFailure, where: DeniedRequest) {
  if (failure.code !== "DENIED" || !denied.hasSubscribers) return;
  const { thread, call, asker, url, hop } = where;
  const decision = failure.cause as Decision;
  const message: PolicyDenied = {
    thread,
    call,
    origin: entryFor(url),
    hop,
    ...describeRun(asker),
    ...decision,
  };
  denied.publish(message);
}

/** The failure that the caller sees. If a name has no address, the policy may want this to look like a denial. */
export function asDenial(failure: TransferFailure, permit: Permit | null, url: Origin): TransferFailure {
  if (!isUnresolved(failure)) return failure;
  try {
    permit?.checkUnresolved?.(url);
    return failure;
  } catch (denial) {
    return denial instanceof TransferFailure ? denial : failure;
  }
}

/** Whether the name has no address. If a SOCKS proxy needs an address, this is reported as a failure of the proxy. */
function isUnresolved({ code, cause }: TransferFailure): boolean {
  return code === "COULDNT_RESOLVE_HOST" || (code === "PROXY" && isUnresolvedCause(cause));
}

function isUnresolvedCause(cause: unknown): boolean {
  if (cause instanceof TransferFailure && cause.code === "COULDNT_RESOLVE_HOST") return true;
  return cause instanceof Error && isUnresolvedCause(cause.cause);
}

/**
 * How long a denial is held back: to the next mark of the policy's grid, counted from the start of the call. Otherwise
 * the caller could see from the time whether the URL or an address was denied, and whether there was a lookup.
 */
export function denialDelayMs(policy: Policy | null, elapsedMs: number): number {
  const grid = policy?.denialGridMs ?? 0;
  return grid === 0 ? 0 : grid - (elapsedMs % grid);
}
