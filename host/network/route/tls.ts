import { createSecureContext, DEFAULT_CIPHERS, type SecureContext } from "node:tls";
import { Lru } from "../../collections/lru.ts";
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
  readonly #contexts = new Lru<string, SecureContext>(MAX_CONTEXTS);

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
    const context = this.#contexts.get(contextKey) ?? this.#build(contextKey, trust, clientCertificate);
    return { verifyPeer, verifyHost, context, key: `${verifyHost ? "host" : "any"},${contextKey}` };
  }

  #build(key: string, trust: Trust, clientCertificate: ClientCertificate | null): SecureContext {
    const context = build(trust, clientCertificate);
    this.#contexts.set(key, context);
    return context;
  }
}

const TRUST_NOBODY: Trust = { ca: [], key: "nobody" };

/** libcurl trusts whatever it is given, be it not an authority's own; and Debian's OpenSSL, nothing below 112 bits. */
const COMMON = {
  allowPartialTrustChain: true,
  // The operator's `--tls-cipher-list` may set another level.
  ciphers: DEFAULT_CIPHERS.includes("@SECLEVEL=") ? DEFAULT_CIPHERS : `${DEFAULT_CIPHERS}:@SECLEVEL=2`,
};

function build({ ca }: Trust, clientCertificate: ClientCertificate | null): SecureContext {
  const identity = clientCertificate === null ? {} : readIdentity(clientCertificate);
  try {
    return createSecureContext({ ...COMMON, ...(ca === undefined ? {} : { ca }), ...identity });
  } catch (error) {
    // Authorities were read before; what is left is a certificate that OpenSSL finds too weak.
    throw new TransferFailure("SSL_CERTPROBLEM", error);
  }
}
