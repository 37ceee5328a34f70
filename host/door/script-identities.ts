import { digestIdentity } from "../network/route/client-certificate.ts";
import { TransferFailure } from "../network/transfer/failures.ts";
import type { ClientCertificate } from "../network/transfer/transfer.ts";

/**
 * Maximum number of client certificates that one run may use. For each, OpenSSL reads all authorities again, which takes
 * a hundred times as long as a call.
 */
const MOST_IDENTITIES = 8;

/** Of each run, the digests of those that it has used. */
const used = new WeakMap<object, Set<string>>();

/** Counts a certificate that a run uses. @throws TransferFailure SSL_CERTPROBLEM if it is one too many */
export function checkIdentity(run: object, certificate: ClientCertificate | null): void {
  if (certificate === null) return;
  const digests = used.get(run) ?? new Set();
  const digest = digestIdentity(certificate);
  if (digests.size >= MOST_IDENTITIES && !digests.has(digest)) {
    const error = new Error(`A run may use ${MOST_IDENTITIES} client certificates`);
    throw new TransferFailure("SSL_CERTPROBLEM", error);
  }
  used.set(run, digests.add(digest));
}
