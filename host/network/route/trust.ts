import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { isAnyArrayBuffer } from "node:util/types";
import { HttpBackgroundError } from "../../api/errors.ts";

/** Certificates of authorities, PEM: a string or bytes with one or more certificates, or an array of these. */
export type CertificateAuthorities = Pem | readonly Pem[];

type Pem = string | Uint8Array | ArrayBuffer;

/** The trusted authorities. */
export interface Trust {
  /** Certificates, each as PEM; undefined means Node's own list. */
  ca: readonly string[] | undefined;
  /** Different for different lists. */
  key: string;
}

// The bundles that the libcurl of each system reads: Debian and Alpine, Fedora, SUSE, BSD and macOS.
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
 * The system's authorities and those of `NODE_EXTRA_CA_CERTS`. They are read once per process. If the system has no
 * bundle, Node's own list is used. Node adds those of the variable itself then.
 */
export function trustSystem(): Trust {
  systemTrust ??= readTrust(BUNDLES, process.env.NODE_EXTRA_CA_CERTS);
  return systemTrust;
}

/**
 * The first bundle that exists, and the certificates of another file. If this other file is not usable, it is left out,
 * and a warning of the process names it, as in Node.
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

function readBundle(paths: readonly string[]): { ca: readonly string[]; key: string } | undefined {
  for (const path of paths) {
    try {
      const ca = readFileSync(path, "latin1").match(PEM_CERTIFICATE);
      if (ca !== null) return { ca, key: path };
    } catch {
      // This is a path of another system.
    }
  }
  return undefined;
}

/**
 * Trusts only the authorities of the host's option `ca`.
 *
 * @throws HttpBackgroundError BAD_CONFIG if one of them is not a certificate, or if there is none
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
  if (typeof pem !== "string" && !ArrayBuffer.isView(pem) && !isAnyArrayBuffer(pem)) throw badAuthority();
  const text = typeof pem === "string" ? pem : Buffer.from(pem as ArrayBuffer).toString("latin1");
  const certificates = text.match(PEM_CERTIFICATE);
  if (certificates === null) throw badAuthority();
  try {
    return certificates.map(readAuthority);
  } catch (error) {
    throw badAuthority(error);
  }
}

/**
 * Checks a certificate and returns its PEM. The PEM must stay as it is: only it has what OpenSSL's tools add to a
 * certificate, such as the purposes for which it is not trusted.
 */
function readAuthority(pem: string): string {
  const certificate = new X509Certificate(pem);
  return pem.includes("BEGIN TRUSTED") ? pem : certificate.toString();
}

function badAuthority(cause?: unknown): HttpBackgroundError {
  return new HttpBackgroundError("BAD_CONFIG", "ca must be certificates in PEM", { option: "ca", cause });
}
