import { closedDenial } from "../policy/decider.ts";
import type { Decision } from "../policy/decision.ts";
import { NO_HEADERS } from "../request/headers.ts";
import type { Destination } from "../route/destination.ts";
import { findExposure, isSafeConnection } from "../rules/exposure.ts";
import type { Terms } from "../transfer/terms.ts";
import type { Transfer } from "../transfer/transfer.ts";
import type { Url } from "../url/url.ts";

/** A request that nobody makes, and the connection that it would have. */
export interface ImaginedRequest {
  readonly url: Url;
  readonly method: string;
  readonly transfer: Transfer;
  readonly destination: Destination;
  readonly addresses: readonly string[];
}

/** Why the terms of a rule would not allow a request without headers and options; null if they would. */
export function denialOfTerms(terms: readonly Terms[], request: ImaginedRequest): Decision | null {
  const { url, method, transfer, destination, addresses } = request;
  const hop = { url, first: url, login: url, method, body: null };
  for (const one of terms) {
    const exposure = findExposure(one, { transfer, caller: NO_HEADERS, hop });
    if (exposure !== null) return closedDenial(exposure);
    // Without an address and without a proxy, there is no connection.
    const [address = null] = addresses;
    const isConnected = address !== null || destination.proxy !== null;
    if (one.hasSecrets && isConnected && !isSafeConnection(destination, address))
      return closedDenial("plain HTTP", address);
  }
  return null;
}
