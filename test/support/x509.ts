import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { AsnParser, AsnSerializer, OctetString } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";

/** A certificate and its key, PEM. */
export interface Pair {
  cert: string;
  key: string;
}

/** The content of a certificate. Nothing is checked, because tests need wrong certificates. */
export interface Wanted {
  /** Common names of its subject, in this order. They are UTF-8, or another type of text. */
  commonNames?: (string | Partial<x509.AttributeValue>)[];
  /**
   * Alternative names: `DNS:…`, `IP:…`, `URI:…`, `email:…`, with any characters. Without names, there is no such
   * extension.
   */
  names?: string[];
  /** Signs it. Without an issuer it signs itself. */
  issuer?: Pair;
  isAuthority?: boolean;
  /** Other extensions, by their OIDs. The bytes may be DER or not. */
  extensions?: [string, Uint8Array][];
  /** The extended key usage, as OIDs. */
  extendedUsage?: string[];
  /** The key usage, as flags. Without it, there is no such extension. */
  usage?: number;
  /** @default an hour ago */
  from?: Date;
  /** @default in two days */
  until?: Date;
  /** @default "P-256" */
  keyType?: KeyType;
  /** The digest of the issuer's signature. @default "sha256" */
  digest?: "sha1" | "sha256" | "sha384" | "sha512";
}

/** A curve, or the bits of an RSA key. */
export type KeyType = "P-256" | "P-384" | "P-521" | "ed25519" | `rsa-${number}`;

export const CLIENT_USAGE: string = x509.id_kp_clientAuth;
export const DIGITAL_SIGNATURE: number = x509.KeyUsageFlags.digitalSignature;

const COMMON_NAME = "2.5.4.3";
const HOUR_MS = 3_600_000;
const NULL = Uint8Array.of(5, 0).buffer;

// Algorithms of signatures, by the key and the digest.
const ECDSA = {
  sha1: "1.2.840.10045.4.1",
  sha256: "1.2.840.10045.4.3.2",
  sha384: "1.2.840.10045.4.3.3",
  sha512: "1.2.840.10045.4.3.4",
};
const RSA = {
  sha1: "1.2.840.113549.1.1.5",
  sha256: "1.2.840.113549.1.1.11",
  sha384: "1.2.840.113549.1.1.12",
  sha512: "1.2.840.113549.1.1.13",
};
const ED25519 = "1.3.101.112";

/** Makes a key, and a certificate of it. */
export function issueCertificate(wanted: Wanted): Pair {
  const {
    issuer,
    digest = "sha256",
    from = new Date(Date.now() - HOUR_MS),
    until = new Date(Date.now() + 48 * HOUR_MS),
  } = wanted;
  const own = generateKey(wanted.keyType);
  const signer = issuer === undefined ? own : createPrivateKey(issuer.key);
  const subject = nameOf(wanted.commonNames ?? []);
  const signature = algorithmOf(signer, digest);
  const tbsCertificate = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: serialNumber(),
    signature,
    issuer: issuer === undefined ? subject : subjectOf(issuer),
    validity: new x509.Validity({ notBefore: from, notAfter: until }),
    subject,
    subjectPublicKeyInfo: AsnParser.parse(publicInfo(own), x509.SubjectPublicKeyInfo),
    extensions: extensionsOf(wanted, own, signer),
  });
  const signed = Buffer.from(AsnSerializer.serialize(tbsCertificate));
  const signatureValue = sign(signer.asymmetricKeyType === "ed25519" ? null : digest, signed, signer);
  const certificate = new x509.Certificate({
    tbsCertificate,
    signatureAlgorithm: signature,
    signatureValue: arrayBuffer(signatureValue),
  });
  return {
    cert: new X509Certificate(Buffer.from(AsnSerializer.serialize(certificate))).toString(),
    key: own.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function generateKey(type: KeyType = "P-256"): KeyObject {
  if (type === "ed25519") return generateKeyPairSync("ed25519").privateKey;
  if (type.startsWith("rsa-"))
    return generateKeyPairSync("rsa", { modulusLength: Number(type.slice(4)) }).privateKey;
  return generateKeyPairSync("ec", { namedCurve: type }).privateKey;
}

function algorithmOf(signer: KeyObject, digest: keyof typeof RSA): x509.AlgorithmIdentifier {
  switch (signer.asymmetricKeyType) {
    case "ed25519":
      return new x509.AlgorithmIdentifier({ algorithm: ED25519 });
    case "rsa":
      return new x509.AlgorithmIdentifier({ algorithm: RSA[digest], parameters: NULL });
    default:
      return new x509.AlgorithmIdentifier({ algorithm: ECDSA[digest] });
  }
}

function nameOf(commonNames: NonNullable<Wanted["commonNames"]>): x509.Name {
  return new x509.Name(
    commonNames.map((name) => {
      const text = typeof name === "string" ? { utf8String: name } : name;
      const value = new x509.AttributeValue(text);
      return new x509.RelativeDistinguishedName([
        new x509.AttributeTypeAndValue({ type: COMMON_NAME, value }),
      ]);
    }),
  );
}

function subjectOf({ cert }: Pair): x509.Name {
  return AsnParser.parse(new X509Certificate(cert).raw, x509.Certificate).tbsCertificate.subject;
}

function extensionsOf(wanted: Wanted, own: KeyObject, signer: KeyObject): x509.Extensions {
  const { names = [], isAuthority = false, extendedUsage = [], usage } = wanted;
  const list = [
    extension(x509.id_ce_subjectKeyIdentifier, new x509.SubjectKeyIdentifier(keyId(own))),
    extension(
      x509.id_ce_authorityKeyIdentifier,
      new x509.AuthorityKeyIdentifier({ keyIdentifier: new x509.KeyIdentifier(keyId(signer)) }),
    ),
    extension(x509.id_ce_basicConstraints, new x509.BasicConstraints({ cA: isAuthority }), true),
  ];
  if (names.length > 0)
    list.push(extension(x509.id_ce_subjectAltName, new x509.GeneralNames(names.map(generalName))));
  if (extendedUsage.length > 0)
    list.push(extension(x509.id_ce_extKeyUsage, new x509.ExtendedKeyUsage(extendedUsage)));
  for (const [id, value] of wanted.extensions ?? []) {
    list.push(new x509.Extension({ extnID: id, extnValue: new OctetString(arrayBuffer(value)) }));
  }
  if (usage !== undefined) list.push(extension(x509.id_ce_keyUsage, new x509.KeyUsage(usage)));
  return new x509.Extensions(list);
}

function extension(extnID: string, value: object, critical = false): x509.Extension {
  return new x509.Extension({ extnID, critical, extnValue: new OctetString(AsnSerializer.serialize(value)) });
}

function generalName(text: string): x509.GeneralName {
  const at = text.indexOf(":");
  const value = text.slice(at + 1);
  switch (text.slice(0, at)) {
    case "DNS":
      return new x509.GeneralName({ dNSName: value });
    case "IP":
      return new x509.GeneralName({ iPAddress: value });
    case "URI":
      return new x509.GeneralName({ uniformResourceIdentifier: value });
    case "email":
      return new x509.GeneralName({ rfc822Name: value });
    default:
      throw new Error(`no kind of name: ${text}`);
  }
}

function publicInfo(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

function keyId(key: KeyObject): ArrayBuffer {
  return arrayBuffer(createHash("sha1").update(publicInfo(key)).digest());
}

/** A positive number that no other certificate has. */
function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | ((bytes[0] ?? 0) & 0x3f);
  return arrayBuffer(bytes);
}

function arrayBuffer(bytes: Uint8Array): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
