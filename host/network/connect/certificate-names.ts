import { type Element, readElements } from "./der.ts";

/** Whom a certificate is for. */
export interface CertificateNames {
  /** Its alternative names of hosts, one character a byte. */
  hosts: string[];
  /** Its alternative addresses: 4 or 16 bytes, or whatever it says. */
  addresses: Buffer[];
  /** The last of its common names; null where there is none, or none that is text. */
  commonName: string | null;
}

const TAG = { sequence: 0x30, set: 0x31, version: 0xa0, extensions: 0xa3, octets: 0x04 };
const COMMON_NAME = Buffer.from("550403", "hex");
const ALTERNATIVE_NAMES = Buffer.from("551d11", "hex");
// Of GeneralName (RFC 5280 §4.2.1.6). In pieces, which DER does not allow, a name would have the second of these tags.
const HOST = 0x82;
const ADDRESS = 0x87;
const IN_PIECES: ReadonlySet<number> = new Set([0xa2, 0xa7]);

/**
 * Reads the names out of the bytes of a certificate. No text form of them is read again: there a name could look like several.
 *
 * @param certificate DER
 * @throws Error for what cannot be read
 */
export function readNames(certificate: Buffer): CertificateNames {
  const [toBeSigned] = sequence(one(readElements(certificate), TAG.sequence));
  const parts = sequence(toBeSigned);
  // Serial number, algorithm, issuer, validity, subject: counted from behind the version, which may be missing.
  const subject = parts[parts[0]?.tag === TAG.version ? 5 : 4];
  const extensions = parts.find(({ tag }) => tag === TAG.extensions);
  return {
    ...readAlternatives(extensions === undefined ? [] : sequence(readElements(extensions.value)[0])),
    commonName: readCommonName(sequence(subject)),
  };
}

function readAlternatives(extensions: Element[]): Pick<CertificateNames, "hosts" | "addresses"> {
  const found = extensions.map(sequence).filter(([id]) => id?.value.equals(ALTERNATIVE_NAMES));
  // OpenSSL finds such a certificate invalid as well.
  if (found.length > 1) throw new Error("The certificate has two lists of alternative names");
  const list = found[0]?.at(-1);
  const names =
    list === undefined ? [] : sequence(one(readElements(one([list], TAG.octets).value), TAG.sequence));
  if (names.some(({ tag }) => IN_PIECES.has(tag))) throw new Error("A name of the certificate is in pieces");
  const ofKind = (kind: number): Buffer[] =>
    names.filter(({ tag }) => tag === kind).map(({ value }) => value);
  return { hosts: ofKind(HOST).map((name) => name.toString("latin1")), addresses: ofKind(ADDRESS) };
}

function readCommonName(subject: Element[]): string | null {
  const attributes = subject.flatMap((set) => readElements(one([set], TAG.set).value)).map(sequence);
  const last = attributes.findLast(([type]) => type?.value.equals(COMMON_NAME));
  return last?.[1] === undefined ? null : readText(last[1]);
}

const TEXT = { utf8: 0x0c, universal: 0x1c, bmp: 0x1e };
// NumericString, PrintableString, T61String, IA5String, VisibleString: a byte a character.
const BYTE_STRINGS: ReadonlySet<number> = new Set([0x12, 0x13, 0x14, 0x16, 0x1a]);

/** Text of the types that OpenSSL turns into UTF-8. Only what is ASCII is of use to anybody. */
function readText({ tag, value }: Element): string | null {
  if (tag === TEXT.utf8 || BYTE_STRINGS.has(tag)) return value.toString("latin1");
  if (tag === TEXT.bmp) return readWide(value, 2);
  return tag === TEXT.universal ? readWide(value, 4) : null;
}

function readWide(bytes: Buffer, width: number): string | null {
  if (bytes.length % width !== 0) return null;
  const codes = Array.from({ length: bytes.length / width }, (_, index) =>
    bytes.readUIntBE(index * width, width),
  );
  return codes.some((code) => code > 0xff) ? null : String.fromCharCode(...codes);
}

function sequence(element: Element | undefined): Element[] {
  return readElements(one(element === undefined ? [] : [element], TAG.sequence).value);
}

/** The only element there may be, of this kind. */
function one(elements: Element[], tag: number): Element {
  const [element] = elements;
  if (elements.length !== 1 || element?.tag !== tag) throw new Error("The certificate is not one of X.509");
  return element;
}
