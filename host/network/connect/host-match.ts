import { isIP } from "node:net";
import { addressBytes } from "./address-bytes.ts";
import { type CertificateNames, readNames } from "./certificate-names.ts";

/**
 * Whether a certificate is for this host, by libcurl's rules. The alternative names decide. The last common name counts
 * only if there is no alternative name of a host or an address. A `*` can only be the whole first label of a name.
 *
 * @param hostname as in `Url`; the zone of an address does not count
 * @param certificate DER. A certificate that cannot be read is for no host
 */
export function isFor(hostname: string, certificate: Buffer): boolean {
  try {
    const [host = ""] = hostname.split("%");
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

/** Compares whole names. So a name with a NUL matches no host, even if the part before the NUL would. */
function matches(pattern: string, hostname: string): boolean {
  // No host name has other characters. Some other characters would become ASCII in lower case.
  if (!/^[\x21-\x7e]+$/.test(pattern)) return false;
  const wanted = withoutDot(pattern.toLowerCase());
  const host = withoutDot(hostname);
  if (wanted === host) return true;
  if (!wanted.startsWith("*.") || isIP(host) !== 0) return false;
  const [suffix, label] = [wanted.slice(1), host.indexOf(".")];
  // `*.com` would match too many hosts.
  return suffix.indexOf(".", 1) !== -1 && host.slice(label) === suffix;
}

function withoutDot(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
