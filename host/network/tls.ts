import type { SecureContext } from "node:tls";

/** How a TLS peer is verified and what it is shown. Built once for each distinct policy. */
export interface TlsPolicy {
  readonly verifyPeer: boolean;
  readonly verifyHost: boolean;
  readonly context: SecureContext;
  /** Distinguishes policies: the flags, the CA, digests of the client's certificate, chain and key. */
  readonly key: string;
}
