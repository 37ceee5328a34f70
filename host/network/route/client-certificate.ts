import { createHash, type KeyObject, X509Certificate } from "node:crypto";
import { TransferFailure } from "../transfer/failures.ts";
import type { ClientCertificate } from "../transfer/transfer.ts";
import { readPrivateKey } from "./private-key.ts";

/** A client's certificate, in the form that `tls.createSecureContext` takes. */
export interface Identity {
  /** PEM: the certificate, then the chain in the given order. */
  cert: string;
  /** The private key, PEM. */
  key: string;
}

// This gives 112 bits of security, as for servers.
const MIN_RSA_BITS = 2048;
/** A signature of 8,192 bits takes some 30 ms, and eight times as long for twice the bits. */
const MOST_RSA_BITS = 8192;
/** Certificates between the client's and its authority. */
const MOST_CHAIN = 32;
/** Bytes of one certificate, and of all. OpenSSL's servers accept 100 KiB of them all, which PEM makes a third longer. */
const MOST_CERTIFICATE_BYTES = 65_536;
const MOST_BYTES = 150_000;

/**
 * Reads a client's certificate, key and chain, and checks that the key belongs to the certificate.
 *
 * @throws TransferFailure SSL_CERTPROBLEM for what cannot be read, or is too weak. ABORTED_BY_CALLBACK for a key of
 * another certificate: the original checks this in a callback, and this is how libcurl reports it.
 */
export function readIdentity({ certificate, privateKey, chain }: ClientCertificate): Identity {
  if (chain.length > MOST_CHAIN) {
    throw new TransferFailure(
      "SSL_CERTPROBLEM",
      new Error(`The chain has more than ${MOST_CHAIN} certificates`),
    );
  }
  const size = [certificate, ...chain].reduce((sum, one) => sum + bytesOf(one).byteLength, 0);
  if (size > MOST_BYTES) {
    throw new TransferFailure(
      "SSL_CERTPROBLEM",
      new Error(`The certificates have more than ${MOST_BYTES} bytes`),
    );
  }
  const leaf = readCertificate(certificate);
  const key = readKey(privateKey);
  // OpenSSL would refuse a weak key only in the handshake, because Node sets the security level after the certificate.
  const { modulusLength = MIN_RSA_BITS } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < MIN_RSA_BITS || modulusLength > MOST_RSA_BITS) {
    throw new TransferFailure("SSL_CERTPROBLEM", new Error(`The key has ${modulusLength} bits`));
  }
  if (!leaf.checkPrivateKey(key)) throw new TransferFailure("ABORTED_BY_CALLBACK");
  return {
    cert: [leaf, ...chain.map(readCertificate)].map((one) => one.toString()).join(""),
    key: key.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** A digest that differs for different certificates. It does not parse them. */
export function digestIdentity({ certificate, privateKey, chain }: ClientCertificate): string {
  const hash = createHash("sha256");
  for (const part of [certificate, ...chain, privateKey]) {
    const bytes = bytesOf(part);
    hash.update(`${bytes.byteLength}:`).update(bytes);
  }
  return hash.digest("base64url");
}

function bytesOf(part: X509Certificate | Uint8Array): Uint8Array {
  return part instanceof X509Certificate ? part.raw : part;
}

function readCertificate(certificate: X509Certificate | Uint8Array): X509Certificate {
  if (certificate instanceof X509Certificate) return certificate;
  try {
    if (certificate.byteLength > MOST_CERTIFICATE_BYTES) throw new Error("The certificate is too large");
    return new X509Certificate(certificate);
  } catch (error) {
    throw new TransferFailure("SSL_CERTPROBLEM", error);
  }
}

function readKey(bytes: Uint8Array): KeyObject {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return readPrivateKey(key);
  } catch (error) {
    throw new TransferFailure("SSL_CERTPROBLEM", error);
  }
}
