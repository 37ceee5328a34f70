import { chooseCredentials, SECRET_HEADERS } from "../request/credentials.ts";
import type { CallerHeaders } from "../request/headers.ts";
import { type Hop, isAtFirst } from "../request/hop.ts";
import type { Destination } from "../route/destination.ts";
import { comparableName, type Terms } from "../transfer/terms.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { isLoopback } from "./loopback.ts";

/** One request of a transfer, before the host adds anything. */
export interface AskedRequest {
  readonly transfer: Transfer;
  readonly caller: CallerHeaders;
  readonly hop: Hop;
}

/** Headers by which a server or a gateway may take a request for one to another host. */
const OTHER_HOST: readonly string[] = [
  "host",
  "x-host",
  "x-forwarded-host",
  "x-forwarded-server",
  "x-http-host-override",
  "x-original-host",
  "forwarded",
];

/** What would carry a secret elsewhere, or back to the caller. */
const EXPOSURES: readonly (readonly [name: string, isUsed: (asked: AskedRequest) => boolean])[] = [
  ["TRACE", ({ hop }) => hop.method.toUpperCase() === "TRACE"],
  // IIS answers it as TRACE.
  ["TRACK", ({ hop }) => hop.method.toUpperCase() === "TRACK"],
  ["proxy", ({ transfer: { proxy } }) => proxy !== null && proxy !== ""],
  ["tls_verify_peer", ({ transfer }) => !transfer.tlsVerifyPeer],
  ["tls_verify_host", ({ transfer }) => !transfer.tlsVerifyHost],
];

/** What the caller set although only the host may: the option and the name; null if there is nothing. */
export function findClaimed(
  { claimed, claimsCertificate }: Terms,
  asked: AskedRequest,
): { option: string; name: string } | null {
  const { caller, transfer, hop } = asked;
  for (const name of sentNames(caller, hop)) {
    if (claimed.has(comparableName(name))) return { option: "headers", name };
  }
  if (claimsCertificate && transfer.clientCertificate !== null)
    return { option: "tls_client_cert", name: "tls_client_cert" };
  if (!claimed.has("authorization") || !isAtFirst(hop)) return null;
  if (transfer.awsSigv4 !== null) return { option: "aws_sigv4", name: "Authorization" };
  if (chooseCredentials(transfer, hop.login) === null) return null;
  return { option: transfer.username === null ? "password" : "username", name: "Authorization" };
}

/** The option or header because of which a request must not have the secrets of a rule; null if it may. */
export function findExposure({ hasSecrets, closed }: Terms, asked: AskedRequest): string | null {
  const closing = hasSecrets ? [...closed, ...OTHER_HOST] : [...closed];
  for (const name of asked.caller.mentioned) {
    if (closing.includes(comparableName(name))) return name;
  }
  if (!hasSecrets) return null;
  return EXPOSURES.find(([, isUsed]) => isUsed(asked))?.[0] ?? null;
}

/**
 * Whether secrets may be sent on a connection: TLS that was verified, or this machine without a proxy.
 *
 * @param target The address at its end; null if a proxy looked the name up
 */
export function isSafeConnection({ tls, proxy }: Destination, target: string | null): boolean {
  if (tls !== null) return tls.verifyPeer && tls.verifyHost;
  return proxy === null && target !== null && isLoopback(target);
}

/** The names that the caller's headers have. Some stay behind where a redirect leads to another origin. */
function sentNames({ mentioned }: CallerHeaders, hop: Hop): readonly string[] {
  const names = [...mentioned];
  return isAtFirst(hop) ? names : names.filter((name) => !SECRET_HEADERS.has(name));
}
