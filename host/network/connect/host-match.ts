import { isIP } from "node:net";
import { addressBytes } from "./address-bytes.ts";
import { type CertificateNames, readNames } from "./certificate-names.ts";

/**
 * Whether a certificate is for this host, by libcurl's rules: the alternative names decide; the last common name counts only
 * where they name neither a host nor an address. A `*` stands for the whole first label of a name, and for nothing else.
 *
 * @param hostname as in `Url`; the zone of an address does not count
 * @param certificate DER. One that cannot be read is for nobody
 */
export function isFor(hostname: string, certificate: Buffer): boolean {
  try {
    const [host = ""] = hostname.split("%", 1);
    return hasName(readNames(certificate), host);
  } catch {
    return false;
  }
}

function hasName({ hosts, addresses, commonName }: CertificateNames, hostname: string): boolean {
  if (hosts.length === 0 && addresses.length === 0) {
    return commonName !== null && matches(commonName, hostname);
  }
  if (isIP(hostname) === 0) return hosts.some((pattern) => matches(pattern, hostname));
  const bytes = addressBytes(hostname);
  return addresses.some((address) => address.equals(bytes));
}

/** Names are compared to their ends, so that one with a NUL in it matches nothing, whatever stands before that. */
function matches(pattern: string, hostname: string): boolean {
  // No host has another character in its name, and some of them become ASCII in lower case.
  if (!/^[\x21-\x7e]+$/.test(pattern)) return false;
  const wanted = withoutDot(pattern.toLowerCase());
  const host = withoutDot(hostname);
  if (wanted === host) return true;
  if (!wanted.startsWith("*.") || isIP(host) !== 0) return false;
  const [suffix, label] = [wanted.slice(1), host.indexOf(".")];
  // `*.com` would be too wide.
  return suffix.indexOf(".", 1) !== -1 && label !== -1 && host.slice(label) === suffix;
}

function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
