import type { Issued } from "./certificates.ts";
import { certificates } from "./certificates.ts";
import type { KeyType } from "./x509.ts";

/** The trusted certificates, the certificates of the server, and whether the connection is allowed. */
export interface TrustRow {
  what: string;
  /** PEM, for `ca`. */
  ca: string;
  /** The certificates of the server. */
  cert: string;
  key: string;
  isTrusted: boolean;
}

const NAMES = ["DNS:localhost"];
const YESTERDAY = new Date(Date.now() - 86_400_000);
const SERVER_USAGE = "06082b06010505070301";
const CLIENT_USAGE = "06082b06010505070302";

/**
 * What libcurl with OpenSSL and Debian's security level does with chains, with additions to certificates, and with weak
 * certificates.
 */
export function trustTable(): TrustRow[] {
  const known = certificates();
  const root = known.authority;
  const middle = known.intermediate;
  const leaf = known.issue({ issuer: middle, names: NAMES });
  const sibling = known.issue({ issuer: middle, names: NAMES });
  const late = known.issue({ issuer: middle, names: NAMES, until: YESTERDAY, from: new Date(0) });
  const own = known.issue({ commonNames: ["own"], names: NAMES });
  const row = (what: string, ca: string, shown: Issued[], isTrusted: boolean): TrustRow => {
    return { what, ca, cert: shown.map(({ cert }) => cert).join(""), key: shown[0]?.key ?? "", isTrusted };
  };
  return [
    row("the root, and the whole chain", root.cert, [leaf, middle], true),
    row("the root, and no more than the leaf", root.cert, [leaf], false),
    row("the intermediate alone, and the leaf", middle.cert, [leaf], true),
    row("the intermediate alone, and the chain", middle.cert, [leaf, middle], true),
    row("the leaf alone", leaf.cert, [leaf], true),
    row("the leaf alone, and the chain", leaf.cert, [leaf, middle], true),
    row("another leaf of the same issuer", sibling.cert, [leaf], false),
    row("the leaf alone, out of date", late.cert, [late], false),
    row("the intermediate, the leaf out of date", middle.cert, [late], false),
    row("what signed itself", own.cert, [own], true),
    row("another that signed itself", known.selfSigned.cert, [own], false),
    ...["", SERVER_USAGE, CLIENT_USAGE, SERVER_USAGE + CLIENT_USAGE].flatMap((usages) => [
      row(
        `the root, trusted for [${usages}]`,
        withTrust(root, { for: usages }),
        [leaf, middle],
        usages !== CLIENT_USAGE,
      ),
      row(
        `the root, not trusted for [${usages}]`,
        withTrust(root, { not: usages }),
        [leaf, middle],
        !usages.includes(SERVER_USAGE),
      ),
      row(
        `the leaf, not trusted for [${usages}]`,
        withTrust(leaf, { not: usages }),
        [leaf, middle],
        !usages.includes(SERVER_USAGE),
      ),
    ]),
    ...weakRows(row),
  ];
}

function weakRows(
  row: (what: string, ca: string, shown: Issued[], isTrusted: boolean) => TrustRow,
): TrustRow[] {
  const known = certificates();
  const issuer = known.authority;
  const keys: [KeyType, boolean][] = [
    ["rsa-1024", false],
    ["rsa-2048", true],
    ["P-384", true],
  ];
  const weak = known.issue({ commonNames: ["weak"], isAuthority: true, keyType: "rsa-1024" });
  const below = known.issue({ issuer: weak, names: NAMES });
  const sha1 = known.issue({ issuer, names: NAMES, digest: "sha1" });
  return [
    ...keys.map(([keyType, isStrong]) => {
      return row(
        `a key of ${keyType}`,
        issuer.cert,
        [known.issue({ issuer, names: NAMES, keyType })],
        isStrong,
      );
    }),
    row("an issuer of 1024 bits", weak.cert, [below], false),
    row("a signature over SHA-1", issuer.cert, [sha1], false),
  ];
}

/** PEM like `openssl x509 -trustout`. After the certificate come the purposes for which it is trusted, and is not. */
function withTrust({ cert }: Issued, usages: { for?: string; not?: string }): string {
  const trusted = usages.for ? der("30", usages.for) : "";
  const rejected = usages.not ? der("a0", usages.not) : "";
  const body = cert.replace(/-----[A-Z ]+-----/g, "");
  const bytes = Buffer.concat([
    Buffer.from(body, "base64"),
    Buffer.from(der("30", trusted + rejected), "hex"),
  ]);
  const lines = bytes.toString("base64").replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN TRUSTED CERTIFICATE-----\n${lines}\n-----END TRUSTED CERTIFICATE-----\n`;
}

function der(tag: string, hex: string): string {
  return tag + (hex.length / 2).toString(16).padStart(2, "0") + hex;
}
