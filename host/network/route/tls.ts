import { createSecureContext, DEFAULT_CIPHERS, type SecureContext } from "node:tls";
import { Lru } from "../../collections/lru.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { ClientCertificate } from "../transfer/transfer.ts";
import { digestIdentity, readIdentity } from "./client-certificate.ts";
import { type CertificateAuthorities, type Trust, trustOnly, trustSystem } from "./trust.ts";

/** How a TLS peer is verified, and which certificate it gets. Equal policies are the same object. */
export interface TlsPolicy {
  readonly verifyPeer: boolean;
  readonly verifyHost: boolean;
  readonly context: SecureContext;
  /**
   * Different for different policies. Made of the flags, the CA, and digests of the client's certificate, chain and
   * key.
   */
  readonly key: string;
}

/** The settings of a transfer for TLS. */
export interface TlsOptions {
  verifyPeer: boolean;
  verifyHost: boolean;
  clientCertificate: ClientCertificate | null;
}

// To build a context with the system's authorities takes 65 ms, and about a megabyte of memory.
const MAX_CONTEXTS = 256;

/** The TLS policies of one network. A context is built when it is first needed, and kept while it is used. */
export class TlsPolicies {
  readonly #ownTrust: Trust | null;
  readonly #contexts = new Lru<string, SecureContext>(MAX_CONTEXTS);

  /**
   * @param ca the authorities to trust instead of those of the system
   * @throws HttpBackgroundError BAD_CONFIG
   */
  constructor(ca?: CertificateAuthorities) {
    this.#ownTrust = ca === undefined ? null : trustOnly(ca);
  }

  /** @throws TransferFailure SSL_CERTPROBLEM, ABORTED_BY_CALLBACK if a client's certificate cannot be used */
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

/** In DHE the server chooses the group: with a large one, each handshake would hold up the process for a second. */
const CIPHERS = `${DEFAULT_CIPHERS}:!DHE`;

/**
 * libcurl trusts every certificate in the list, even one that is not a root. Debian's OpenSSL refuses everything below
 * 112 bits of security.
 */
const COMMON = {
  allowPartialTrustChain: true,
  // If the operator's `--tls-cipher-list` sets a security level, this level is used.
  ciphers: CIPHERS.includes("@SECLEVEL=") ? CIPHERS : `${CIPHERS}:@SECLEVEL=2`,
};

function build({ ca }: Trust, clientCertificate: ClientCertificate | null): SecureContext {
  const identity = clientCertificate === null ? {} : readIdentity(clientCertificate);
  try {
    return createSecureContext({ ...COMMON, ...(ca === undefined ? {} : { ca }), ...identity });
  } catch (error) {
    // The authorities were read before without an error. So OpenSSL finds the client's certificate too weak.
    throw new TransferFailure("SSL_CERTPROBLEM", error);
  }
}
