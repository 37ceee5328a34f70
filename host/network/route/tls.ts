import { createSecureContext, type SecureContext } from "node:tls";
import { TransferFailure } from "../transfer/failures.ts";
import type { ClientCertificate } from "../transfer/transfer.ts";
import { digestIdentity, readIdentity } from "./client-certificate.ts";
import { type CertificateAuthorities, type Trust, trustOnly, trustSystem } from "./trust.ts";

/** How a TLS peer is verified and what it is shown. Built once for each distinct policy. */
export interface TlsPolicy {
  readonly verifyPeer: boolean;
  readonly verifyHost: boolean;
  readonly context: SecureContext;
  /** Distinguishes policies: the flags, the CA, digests of the client's certificate, chain and key. */
  readonly key: string;
}

/** What a transfer says about TLS. */
export interface TlsOptions {
  verifyPeer: boolean;
  verifyHost: boolean;
  clientCertificate: ClientCertificate | null;
}

// A context with the system's authorities takes 65 ms to build and about a megabyte.
const MAX_CONTEXTS = 256;

/** The TLS policies of one network: a context is built when it is first asked for, and kept while it is used. */
export class TlsPolicies {
  readonly #ownTrust: Trust | null;
  readonly #contexts = new Map<string, SecureContext>();

  /**
   * @param ca whom to trust instead of the system's authorities
   * @throws HttpBackgroundError BAD_CONFIG
   */
  constructor(ca?: CertificateAuthorities) {
    this.#ownTrust = ca === undefined ? null : trustOnly(ca);
  }

  /** @throws TransferFailure SSL_CERTPROBLEM, ABORTED_BY_CALLBACK for a client's certificate that cannot be used */
  get({ verifyPeer, verifyHost, clientCertificate }: TlsOptions): TlsPolicy {
    // A peer that is not verified needs no authorities.
    const trust = verifyPeer ? (this.#ownTrust ?? trustSystem()) : TRUST_NOBODY;
    const identity = clientCertificate === null ? "" : digestIdentity(clientCertificate);
    const contextKey = `${trust.key},${identity}`;
    const context = this.#contexts.get(contextKey) ?? build(trust, clientCertificate);
    this.#keep(contextKey, context);
    return { verifyPeer, verifyHost, context, key: `${verifyHost ? "host" : "any"},${contextKey}` };
  }

  /** The least recently used goes first: the map is kept in the order of use. */
  #keep(key: string, context: SecureContext): void {
    this.#contexts.delete(key);
    this.#contexts.set(key, context);
    if (this.#contexts.size <= MAX_CONTEXTS) return;
    const [oldest] = this.#contexts.keys();
    if (oldest !== undefined) this.#contexts.delete(oldest);
  }
}

const TRUST_NOBODY: Trust = { ca: [], key: "nobody" };

function build({ ca }: Trust, clientCertificate: ClientCertificate | null): SecureContext {
  const identity = clientCertificate === null ? {} : readIdentity(clientCertificate);
  try {
    return createSecureContext({ ...(ca === undefined ? {} : { ca }), ...identity });
  } catch (error) {
    // Authorities were read before; what is left is a certificate that OpenSSL finds too weak.
    throw new TransferFailure("SSL_CERTPROBLEM", error);
  }
}
