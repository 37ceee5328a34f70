import { getFips } from "node:crypto";
import tls, { createSecureContext, DEFAULT_CIPHERS, type SecureContext } from "node:tls";
import { Lru } from "../../collections/lru.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { ClientCertificate } from "../transfer/transfer.ts";
import { addAuthorities } from "./authorities.ts";
import { digestIdentity, readIdentity } from "./client-certificate.ts";
import { type CertificateAuthorities, type Trust, trustOnly, trustSystem } from "./trust.ts";

/** How a TLS peer is verified, and which certificate it gets. */
export interface TlsPolicy {
  readonly verifyPeer: boolean;
  readonly verifyHost: boolean;
  /** What handshakes are made with, as soon as it knows whom to trust. It never rejects. */
  readonly context: Promise<SecureContext>;
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

/** A context with the system's authorities takes some 20 ms to build, and 700 KB of memory. */
const MAX_IDENTITIES = 32;

/** The TLS policies of one network. A context is built when it is first needed, and kept while it is used. */
export class TlsPolicies {
  readonly #ownTrust: Trust | null;
  /** Those without a client's certificate, by the key of their trust. */
  readonly #anonymous = new Map<string, Promise<SecureContext>>();
  /** Those with one. */
  readonly #identified = new Lru<string, Promise<SecureContext>>(MAX_IDENTITIES);

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
    const contexts = clientCertificate === null ? this.#anonymous : this.#identified;
    let context = contexts.get(contextKey);
    if (context === undefined) {
      context = build(trust, clientCertificate);
      contexts.set(contextKey, context);
    }
    return { verifyPeer, verifyHost, context, key: `${verifyHost ? "host" : "any"},${contextKey}` };
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

/**
 * In TLS 1.3, a server may choose any group of the list. The list of OpenSSL before 3.5 has groups of up to 8,192 bits,
 * each of which takes a tenth of a second. This one ends as that of 3.5.
 */
const GROUPS = "X25519:P-256:X448:P-521:P-384:ffdhe2048:ffdhe3072";

function groups(): string {
  const [major = 0, minor = 0] = process.versions.openssl.split(".").map(Number);
  const isOld = major < 3 || (major === 3 && minor < 5);
  const isFree = tls.DEFAULT_ECDH_CURVE === "auto" && getFips() === 0;
  return isOld && isFree ? GROUPS : tls.DEFAULT_ECDH_CURVE;
}

function build({ ca }: Trust, clientCertificate: ClientCertificate | null): Promise<SecureContext> {
  const identity = clientCertificate === null ? {} : readIdentity(clientCertificate);
  try {
    const common = { ...COMMON, ecdhCurve: groups(), ...(ca === undefined ? {} : { ca: [] }) };
    const secure = createSecureContext({ ...common, ...identity });
    // What most calls wait for is not held up by the certificates of a few.
    return ca === undefined
      ? Promise.resolve(secure)
      : addAuthorities(secure, ca, clientCertificate === null);
  } catch (error) {
    // OpenSSL finds the client's certificate too weak.
    throw new TransferFailure("SSL_CERTPROBLEM", error);
  }
}
