import { createPrivateKey, type KeyObject } from "node:crypto";
import { type Element, readElements } from "./der.ts";

/** Bytes of a key. One of RSA with 8,192 bits has 6,400 as PEM. */
const MOST_BYTES = 32_768;

/** How each kind of PEM is called in Node, and what stands before its algorithm. */
const TYPES = { "": "pkcs8", "RSA ": "pkcs1", "EC ": "sec1" } as const;
const BEGIN = "-----BEGIN ";
const END = "-----END ";
const LABEL = "PRIVATE KEY-----";

const SEQUENCE = 0x30;
const OID = 0x06;
const INTEGER = 0x02;
const OCTET_STRING = 0x04;
/** In SEC 1, the parameters are the element [0]. */
const SEC1_PARAMETERS = 0xa0;

/** Algorithms with which a client of TLS can sign, as bytes of their OID. */
const RSA = ["2a864886f70d010101", "2a864886f70d01010a"];
const EC = "2a8648ce3d0201";
const EDWARDS = ["2b6570", "2b6571"];

/**
 * Reads a private key of a client: PEM, or PKCS #8 as DER. OpenSSL gets nothing else to read than what was looked at here:
 * for other algorithms, and for curves that are spelt out, it would compute for as long as whoever wrote them likes.
 *
 * @throws Error if it is not a key of RSA, of a named curve, or of Ed25519 or Ed448
 */
export function readPrivateKey(bytes: Buffer): KeyObject {
  if (bytes.length > MOST_BYTES) throw new Error(`The key has more than ${MOST_BYTES} bytes`);
  const { type, der } = bytes.includes(BEGIN)
    ? readPem(bytes.toString("latin1"))
    : ({ type: "pkcs8", der: bytes } as const);
  CHECKS[type](inside(der, SEQUENCE));
  return createPrivateKey({ key: der, format: "der", type });
}

type KeyType = (typeof TYPES)[keyof typeof TYPES];

const CHECKS: Readonly<Record<KeyType, (fields: readonly Element[]) => void>> = {
  // Under the label of an older form OpenSSL reads PKCS #8 as well, of any algorithm. There the second field is a
  // SEQUENCE.
  pkcs1: ([, modulus]) => {
    if (modulus?.tag !== INTEGER) throw wrongAlgorithm();
  },
  pkcs8: ([, algorithm]) => {
    const [oid, parameters] = algorithm === undefined ? [] : readElements(algorithm.value);
    const name = oid?.tag === OID ? oid.value.toString("hex") : "";
    const isNamed = name === EC && parameters?.tag === OID;
    if (!isNamed && !RSA.includes(name) && !EDWARDS.includes(name)) throw wrongAlgorithm();
  },
  sec1: (fields) => {
    const parameters = fields.find(({ tag }) => tag === SEC1_PARAMETERS);
    const [curve] = parameters === undefined ? [] : readElements(parameters.value);
    if (fields[1]?.tag !== OCTET_STRING || curve?.tag !== OID) throw wrongAlgorithm();
  },
};

/** The first key in a text that may have other things before it and behind it. */
function readPem(text: string): { type: KeyType; der: Buffer } {
  for (const [prefix, type] of Object.entries(TYPES)) {
    const head = `${BEGIN}${prefix}${LABEL}`;
    const start = text.indexOf(head);
    if (start === -1) continue;
    const end = text.indexOf(`${END}${prefix}${LABEL}`, start);
    if (end === -1) throw new Error("The key has no end");
    return { type, der: Buffer.from(text.slice(start + head.length, end), "base64") };
  }
  throw new Error("There is no private key that can be used without a password");
}

function inside(der: Buffer, tag: number): Element[] {
  const [element] = readElements(der);
  if (element?.tag !== tag) throw new Error("The key is not DER");
  return readElements(element.value);
}

function wrongAlgorithm(): Error {
  return new Error("The key is not of RSA, of a named curve, or of Ed25519 or Ed448");
}
