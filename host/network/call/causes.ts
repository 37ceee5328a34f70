import { TransferError } from "../../api/errors.ts";
import { memberOf, textIn } from "../../api/thrown.ts";
import {
  CallerMistake,
  type FailedOutcome,
  failedOutcome,
  ThrownFailure,
  TransferFailure,
} from "../transfer/failures.ts";
import type { Url } from "../url/url.ts";
import { describeUrl } from "./diagnostics.ts";

/** Where a call was when it failed. */
export interface Place {
  readonly hop: number;
  readonly url: Url | null;
  /** The host's address, if there was a connection to it. */
  readonly address: string | null;
}

/** How a call ends that has failed. */
export function outcomeOf(failure: TransferFailure, place: Place): FailedOutcome {
  const outcome = failedOutcome(failure.code, () => describeFailure(failure, place));
  if (failure instanceof CallerMistake) return { ...outcome, mistake: failure.mistake };
  return failure instanceof ThrownFailure ? { ...outcome, thrown: failure.cause } : outcome;
}

/** What an application learns of a failure besides its code. It learns nothing more about a denial of the policy. */
function describeFailure(failure: TransferFailure, place: Place): TransferError | undefined {
  if (failure.code === "DENIED") return undefined;
  const { reason, address } = innermost(failure);
  const port = memberOf(reason, "port");
  return new TransferError(textIn(reason, "message") ?? failure.message, {
    code: reason instanceof TransferFailure ? undefined : textIn(reason, "code"),
    syscall: textIn(reason, "syscall"),
    address: textIn(reason, "address") ?? address ?? place.address ?? undefined,
    port: typeof port === "number" ? port : undefined,
    host: textIn(reason, "host"),
    server: textIn(reason, "server"),
    hop: place.hop,
    url: place.url === null ? undefined : describeUrl(place.url),
    cause: reason instanceof TransferFailure ? undefined : reason,
  });
}

/** The first cause that is not a TransferFailure; if there is none, the last TransferFailure. */
function innermost(failure: TransferFailure): { reason: unknown; address: string | undefined } {
  let reason: unknown = failure;
  let { address } = failure;
  while (reason instanceof TransferFailure && reason.cause !== undefined) {
    address ??= reason.address;
    reason = reason.cause;
  }
  return { reason, address };
}
