import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { HttpBackgroundError } from "../../api/errors.ts";

/** Certificates of authorities, PEM: one or several in a string, its bytes, or an array of those. */
export type CertificateAuthorities = Pem | readonly Pem[];

type Pem = string | Uint8Array | ArrayBuffer;

/** Whom to trust. */
export interface Trust {
  /** For `tls.createSecureContext`; undefined is Node's own list. */
  ca: string[] | undefined;
  /** Distinguishes lists. */
  key: string;
}

// Where distributions keep what their libcurl is built to read: Debian and Alpine, Fedora, SUSE, BSD and macOS.
const BUNDLES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
  "/usr/local/share/certs/ca-root-nss.crt",
];
const PEM_CERTIFICATE =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g;

let systemTrust: Trust | undefined;

/**
 * The system's authorities and those of `NODE_EXTRA_CA_CERTS`, read once in the life of the process. Where the system has no
 * bundle they are Node's, which knows that variable itself.
 */
export function trustSystem(): Trust {
  systemTrust ??= readTrust(BUNDLES, process.env.NODE_EXTRA_CA_CERTS);
  return systemTrust;
}

/**
 * The first bundle that there is, and the certificates of another file. One that is no good is named in a warning of the
 * process and left out, as Node does.
 */
export function readTrust(bundles: readonly string[], extraPath: string | undefined): Trust {
  const bundle = readBundle(bundles);
  if (bundle === undefined) return { ca: undefined, key: "node" };
  const extra = extraPath ? readExtra(extraPath) : [];
  return { ca: [...bundle.ca, ...extra], key: `${bundle.key},${digest(extra)}` };
}

function readExtra(path: string): string[] {
  try {
    return parseCertificates(readFileSync(path));
  } catch (error) {
    const { message, cause } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    process.emitWarning(`NODE_EXTRA_CA_CERTS is ignored: ${path}: ${reason}`);
    return [];
  }
}

function readBundle(paths: readonly string[]): { ca: string[]; key: string } | undefined {
  for (const path of paths) {
    try {
      const pem = readFileSync(path, "latin1");
      if (pem.match(PEM_CERTIFICATE)) return { ca: [pem], key: path };
    } catch {
      // Another system's path.
    }
  }
  return undefined;
}

/**
 * The authorities of the host's `ca` option, and no others.
 *
 * @throws HttpBackgroundError BAD_CONFIG when one of them is not a certificate, or none is given
 */
export function trustOnly(authorities: CertificateAuthorities): Trust {
  const given: readonly Pem[] = isList(authorities) ? authorities : [authorities];
  const ca = given.flatMap(parseCertificates);
  if (ca.length === 0) throw badAuthority();
  return { ca, key: digest(ca) };
}

function digest(certificates: readonly string[]): string {
  return createHash("sha256").update(certificates.join("\n")).digest("base64url");
}

function isList(authorities: CertificateAuthorities): authorities is readonly Pem[] {
  return Array.isArray(authorities);
}

function parseCertificates(pem: Pem): string[] {
  const text = typeof pem === "string" ? pem : Buffer.from(pem as ArrayBuffer).toString("latin1");
  const certificates = text.match(PEM_CERTIFICATE);
  if (certificates === null) throw badAuthority();
  try {
    return certificates.map(readAuthority);
  } catch (error) {
    throw badAuthority(error);
  }
}

/** What OpenSSL's tools have added to a certificate, such as what it is not trusted for, is in its PEM alone. */
function readAuthority(pem: string): string {
  const certificate = new X509Certificate(pem);
  return pem.includes("BEGIN TRUSTED") ? pem : certificate.toString();
}

function badAuthority(cause?: unknown): HttpBackgroundError {
  return new HttpBackgroundError("BAD_CONFIG", "ca must be certificates in PEM", { option: "ca", cause });
}
