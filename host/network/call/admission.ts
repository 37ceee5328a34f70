import { closedDenial, decideDenial } from "../policy/decider.ts";
import type { Destination } from "../route/destination.ts";
import { type AskedRequest, findClaimed, findExposure, isSafeConnection } from "../rules/exposure.ts";
import { type Circumstances, describeRequest } from "../rules/rule-request.ts";
import { CallerMistake, TransferFailure } from "../transfer/failures.ts";
import type { Additions, Describe, Terms } from "../transfer/terms.ts";

/** One request that wants to be made, and what it is told of the time that the host takes. */
export interface Applicant extends Circumstances {
  readonly asked: AskedRequest;
  /** Aborts when the call is over. */
  readonly over: AbortSignal;
  /** Called around a decision whose time does not count. */
  pauseTime(): void;
  resumeTime(): void;
}

/**
 * What the host adds to a request, by the terms on which it is allowed; null for nothing. It is a promise only if the
 * host is asked.
 *
 * @throws CallerMistake if the first request of a call has a header that only the host may set
 * @throws TransferFailure DENIED, or that a budget is used up, or that a secret is not there
 */
export function admit(terms: readonly Terms[], who: Applicant): Additions | null | Promise<Additions | null> {
  for (const one of terms) refuseExposure(one, who);
  count(terms, who);
  const describe: Describe = () => describeRequest(who.asked, who);
  if (terms.every(({ decision }) => decision === null)) return additionsOf(terms, describe, who);
  return decide(terms, describe, who).then(() => additionsOf(terms, describe, who));
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

function refuseExposure(terms: Terms, { asked, hop }: Applicant): void {
  const claimed = findClaimed(terms, asked);
  if (claimed !== null) {
    const { option, name } = claimed;
    // Nothing was sent yet at the first request, so it is a mistake. Later it is a request that is not allowed.
    if (hop > 0) throw new TransferFailure("DENIED", closedDenial(name));
    throw new CallerMistake({ option, message: `Bad ${option} value: ${name} is set by the host` });
  }
  const exposure = findExposure(terms, asked);
  if (exposure !== null) throw new TransferFailure("DENIED", closedDenial(exposure));
}

/** A request counts before anybody is asked about it: otherwise a script could ask without end. */
function count(terms: readonly Terms[], { asker }: Applicant): void {
  for (const one of terms) {
    const code = one.checkBudget(asker);
    if (code !== null) throw new TransferFailure(code);
  }
  for (const one of terms) one.countRequest(asker);
}

async function decide(terms: readonly Terms[], describe: Describe, who: Applicant): Promise<void> {
  for (const { decision } of terms) {
    if (decision === null) continue;
    if (!decision.countsTime) who.pauseTime();
    const reason = await decision.ask(describe, who.asker, who.over);
    if (!decision.countsTime) who.resumeTime();
    if (reason !== null) throw new TransferFailure("DENIED", decideDenial(reason));
  }
}

/** Only one of the terms has secrets: those of a run have none. */
function additionsOf(
  terms: readonly Terms[],
  describe: Describe,
  { over }: Applicant,
): Additions | null | Promise<Additions | null> {
  const holder = terms.find(({ hasSecrets }) => hasSecrets);
  if (holder === undefined) return null;
  return holder.additions(describe, over);
}
