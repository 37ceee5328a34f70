import { closedDenial } from "../policy/decider.ts";
import type { Destination } from "../route/destination.ts";
import { type AskedRequest, findClaimed, findExposure, isSafeConnection } from "../rules/exposure.ts";
import { CallerMistake, TransferFailure } from "../transfer/failures.ts";
import type { Additions, Terms } from "../transfer/terms.ts";

/**
 * What the host adds to a request, by the terms on which it is allowed; null for nothing.
 *
 * @throws CallerMistake if the first request of a call has a header that only the host may set
 * @throws TransferFailure DENIED
 */
export function admit(terms: readonly Terms[], asked: AskedRequest, isFirst: boolean): Additions | null {
  let additions: Additions | null = null;
  for (const one of terms) {
    refuseClaimed(one, asked, isFirst);
    const exposure = findExposure(one, asked);
    if (exposure !== null) throw new TransferFailure("DENIED", closedDenial(exposure));
    if (one.hasSecrets) additions = one.additions();
  }
  return additions;
}

/** Nothing was sent yet at the first request, so it is a mistake. Later it is a request that is not allowed. */
function refuseClaimed(terms: Terms, asked: AskedRequest, isFirst: boolean): void {
  const claimed = findClaimed(terms, asked);
  if (claimed === null) return;
  const { option, name } = claimed;
  if (isFirst)
    throw new CallerMistake({ option, message: `Bad ${option} value: ${name} is set by the host` });
  throw new TransferFailure("DENIED", closedDenial(name));
}

/** @throws TransferFailure DENIED if secrets must not be sent there */
export function checkConnection(
  additions: Additions | null,
  destination: Destination,
  target: string | null,
): void {
  if (additions === null || isSafeConnection(destination, target)) return;
  throw new TransferFailure("DENIED", closedDenial("plain HTTP", target));
}
