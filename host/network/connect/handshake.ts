import { isIP, type Socket } from "node:net";
import { connect, type TLSSocket } from "node:tls";
import type { TlsPolicy } from "../route/tls.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { type Attempt, once } from "./attempt.ts";
import { isFor } from "./host-match.ts";
import { watchRecords } from "./record-watch.ts";

const MAX_SHOWN_NAMES = 300;

/**
 * Starts TLS on a connection. It announces and verifies the name in the URL, even if a Host header has another name. It
 * never resumes sessions: a resumed session would skip the check of the name, and of the policy.
 *
 * @throws TransferFailure PEER_FAILED_VERIFICATION, SSL_CONNECT_ERROR
 */
export async function startTls(
  attempt: Attempt,
  socket: Socket,
  { policy, hostname, protocols }: { policy: TlsPolicy; hostname: string; protocols: readonly string[] },
): Promise<TLSSocket> {
  const secureContext = await attempt.wait(policy.context);
  const secured = connect({
    socket,
    secureContext,
    servername: isIP(hostname) === 0 ? hostname : "",
    rejectUnauthorized: policy.verifyPeer,
    // The name is checked below, even if the chain is not verified.
    checkServerIdentity: () => undefined,
    ALPNProtocols: [...protocols],
  });
  attempt.own(secured).on("error", () => {});
  watchRecords(secured, socket);
  try {
    await attempt.wait(once(secured, "secureConnect"));
  } catch (error) {
    throw asFailure(secured, error);
  }
  if (policy.verifyHost) checkName(hostname, secured);
  return secured;
}

function asFailure(socket: TLSSocket, error: unknown): TransferFailure {
  if (error instanceof TransferFailure) return error;
  // Node sets it only if the verification failed. Its type in @types/node is wrong.
  const unverified = (socket.authorizationError as unknown) != null;
  return new TransferFailure(unverified ? "PEER_FAILED_VERIFICATION" : "SSL_CONNECT_ERROR", error);
}

function checkName(hostname: string, socket: TLSSocket): void {
  // Node gives the other form, X509Certificate, only once, and none of them after it.
  const { raw } = socket.getPeerCertificate();
  if (raw !== undefined && isFor(hostname, raw)) return;
  const certificate = socket.getPeerX509Certificate();
  const names = certificate?.subjectAltName ?? certificate?.subject ?? "nobody";
  const shown = names.slice(0, MAX_SHOWN_NAMES);
  const mismatch = new Error(`The certificate is not for ${hostname}, but for ${shown}`);
  throw new TransferFailure(
    "PEER_FAILED_VERIFICATION",
    Object.assign(mismatch, { code: "ERR_TLS_CERT_ALTNAME_INVALID" }),
  );
}
