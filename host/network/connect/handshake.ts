import { isIP, type Socket } from "node:net";
import { checkServerIdentity, connect, type PeerCertificate, type TLSSocket } from "node:tls";
import type { TlsPolicy } from "../route/tls.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { type Attempt, once } from "./attempt.ts";

/** HTTP/2 goes in here, first, once there is an engine for it. */
export const PROTOCOLS = ["http/1.1"];

/**
 * Starts TLS on a connection. The name that is announced and verified is the URL's, whatever a Host header says.
 * Sessions are never resumed: a resumed one skips the checks of the name (and of the policy it began under).
 *
 * @throws TransferFailure PEER_FAILED_VERIFICATION, SSL_CONNECT_ERROR
 */
export async function startTls(
  attempt: Attempt,
  socket: Socket,
  { policy, hostname }: { policy: TlsPolicy; hostname: string },
): Promise<TLSSocket> {
  const secured = connect({
    socket,
    secureContext: policy.context,
    servername: isIP(hostname) === 0 ? hostname : "",
    rejectUnauthorized: policy.verifyPeer,
    // The name is checked below, whether or not the chain is.
    checkServerIdentity: () => undefined,
    ALPNProtocols: PROTOCOLS,
  });
  attempt.own(secured).on("error", () => {});
  try {
    await attempt.wait(once(secured, "secureConnect"));
  } catch (error) {
    throw asFailure(secured, error);
  }
  if (policy.verifyHost) checkName(hostname, secured.getPeerCertificate());
  return secured;
}

function asFailure(socket: TLSSocket, error: unknown): TransferFailure {
  if (error instanceof TransferFailure) return error;
  // Set only by a verification that failed; its type is wrong.
  const unverified = (socket.authorizationError as unknown) != null;
  return new TransferFailure(unverified ? "PEER_FAILED_VERIFICATION" : "SSL_CONNECT_ERROR", error);
}

function checkName(hostname: string, certificate: PeerCertificate): void {
  const mismatch = checkServerIdentity(hostname, certificate);
  if (mismatch !== undefined && !isNamedByCommonName(hostname, certificate)) {
    throw new TransferFailure("PEER_FAILED_VERIFICATION", mismatch);
  }
}

/** Like Node, libcurl falls back to the common name where a certificate has no other; unlike Node, for addresses too. */
function isNamedByCommonName(hostname: string, { subject, subjectaltname }: PeerCertificate): boolean {
  if (isIP(hostname) === 0 || /(?:^|, )(?:DNS|IP Address):/.test(subjectaltname ?? "")) return false;
  return subject?.CN === hostname;
}
