import { type Element, readElements } from "../route/der.ts";

/** The names for which a certificate is valid. */
export interface CertificateNames {
  /** Its alternative names of hosts. Each character is one byte. */
  hosts: string[];
  /** Its alternative addresses. Usually each has 4 or 16 bytes, but this is not checked. */
  addresses: Buffer[];
  /** The last of its common names; null if there is none, or if it is not text. */
  commonName: string | null;
}

const TAG = { sequence: 0x30, set: 0x31, version: 0xa0, extensions: 0xa3, octets: 0x04 };
const COMMON_NAME = Buffer.from("550403", "hex");
const ALTERNATIVE_NAMES = Buffer.from("551d11", "hex");
// Tags of GeneralName (RFC 5280 §4.2.1.6). A name in pieces would have the second tag; DER does not allow this.
const HOST = 0x82;
const ADDRESS = 0x87;
const IN_PIECES: ReadonlySet<number> = new Set([0xa2, 0xa7]);

/**
 * Reads the names from the bytes of a certificate. It does not use a text form of the certificate: in text, one name
 * could look like several names.
 *
 * @param certificate DER
 * @throws Error if the certificate cannot be read
 */
export function readNames(certificate: Buffer): CertificateNames {
  const [toBeSigned] = sequence(one(readElements(certificate), TAG.sequence));
  const parts = sequence(toBeSigned);
  // Serial number, algorithm, issuer, validity, subject. The version before them may be missing.
  const subject = parts[parts[0]?.tag === TAG.version ? 5 : 4];
  const extensions = parts.find(({ tag }) => tag === TAG.extensions);
  return {
    ...readAlternatives(extensions === undefined ? [] : sequence(readElements(extensions.value)[0])),
    commonName: readCommonName(sequence(subject)),
  };
}

function readAlternatives(extensions: Element[]): Pick<CertificateNames, "hosts" | "addresses"> {
  const found = extensions.map(sequence).filter(([id]) => id?.value.equals(ALTERNATIVE_NAMES));
  // For OpenSSL too, such a certificate is not valid.
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
// NumericString, PrintableString, T61String, IA5String, VisibleString. In these, each character is one byte.
const BYTE_STRINGS: ReadonlySet<number> = new Set([0x12, 0x13, 0x14, 0x16, 0x1a]);

/** Reads text of the types that OpenSSL converts to UTF-8. Only ASCII is useful for a name. */
function readText({ tag, value }: Element): string | null {
  if (tag === TEXT.utf8 || BYTE_STRINGS.has(tag)) return value.toString("latin1");
  if (tag === TEXT.bmp) return readWide(value, 2);
  return tag === TEXT.universal ? readWide(value, 4) : null;
}

function readWide(bytes: Buffer, width: number): string | null {
  if (bytes.length % width !== 0) return null;
  let text = "";
  for (let at = 0; at < bytes.length; at += width) {
    const code = bytes.readUIntBE(at, width);
    if (code > 0xff) return null;
    text += String.fromCharCode(code);
  }
  return text;
}

function sequence(element: Element | undefined): Element[] {
  return readElements(one(element === undefined ? [] : [element], TAG.sequence).value);
}

/** The only element, which must have this tag. */
function one(elements: Element[], tag: number): Element {
  const [element] = elements;
  if (elements.length !== 1 || element?.tag !== tag) throw new Error("The certificate is not one of X.509");
  return element;
}
