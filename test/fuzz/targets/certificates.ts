import assert from "node:assert/strict";
import { AsnParser } from "@peculiar/asn1-schema";
import * as x509 from "@peculiar/asn1-x509";
import { type CertificateNames, readNames } from "../../../host/network/connect/certificate-names.ts";
import { isFor } from "../../../host/network/connect/host-match.ts";
import { Random } from "../../hostile/random.ts";
import { bytesOf, spoil } from "../shape.ts";
import type { Target } from "../target.ts";

const TAG = { set: 0x31, sequence: 0x30, version: 0xa0, extensions: 0xa3, host: 0x82, address: 0x87 };
const WORDS = [
  "\x30\x00",
  "\x30\x80",
  "\x31",
  "\x82",
  "\x87\x04",
  "\xa2",
  "\x0c",
  "\x1e",
  "\x1c",
  "\x13",
  "\x04",
  "\x55\x1d\x11",
];
const HOSTS = [
  "a.example",
  "*.example.com",
  "a.example\0.evil.example",
  "",
  ".",
  "*",
  "xn--bcher-kva.example",
  "A.EXAMPLE.",
  "\xff",
];
const TEXT_TAGS = [0x0c, 0x13, 0x14, 0x16, 0x1e, 0x1c, 0x03];
/** For larger inputs only the time is measured, because the other reader is slow. */
const MOST_COMPARED = 5000;

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const digits = Buffer.from(content.length.toString(16).padStart(8, "0"), "hex");
  const length = digits.subarray(digits.findIndex((digit) => digit !== 0));
  const head = content.length < 0x80 ? [tag, content.length] : [tag, 0x80 | length.length, ...length];
  return Buffer.concat([Buffer.from(head), content]);
};
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

const ALGORITHM = hex("300a 0608 2a8648ce3d040302");
const KEY = hex("3014 300a 0608 2a8648ce3d030107 0306 000401020304");
const VALIDITY = hex("301e 170d 3230303130313030303030305a 170d 3430303130313030303030305a");

/** The names in a certificate. One of them is repeated. */
function makeCertificate(random: Random, size: number): Buffer {
  const commonName = der(random.pick(TEXT_TAGS), bytesOf(random.pick(HOSTS)));
  const attribute = der(TAG.set, der(TAG.sequence, hex("0603 550403"), commonName));
  const name = makeName(random);
  const [isOfSubject, lists, spoiled, odd] = [
    random.chance(0.3),
    random.below(3),
    random.chance(0.4),
    random.u32(),
  ];
  const room = Math.max(0, size - 200);
  const many = (one: Buffer): Buffer[] => Array(Math.max(1, Math.floor(room / one.length))).fill(one);
  const subject = der(TAG.sequence, ...(isOfSubject ? many(attribute) : [attribute]));
  const names = der(0x04, der(TAG.sequence, ...(isOfSubject ? [name] : many(name))));
  const extension = der(TAG.sequence, hex("0603 551d11"), names);
  const extensions =
    lists === 0 ? [] : [der(TAG.extensions, der(TAG.sequence, ...Array(lists).fill(extension)))];
  const parts = [
    hex("a003 020102"),
    hex("0201 01"),
    ALGORITHM,
    der(TAG.sequence),
    VALIDITY,
    subject,
    KEY,
    ...extensions,
  ];
  const certificate = der(TAG.sequence, der(TAG.sequence, ...parts), ALGORITHM, hex("0302 0000"));
  return spoiled ? spoil(new Random(odd), certificate, { words: WORDS }) : certificate;
}

function makeName(random: Random): Buffer {
  if (random.chance(0.3)) return der(TAG.address, random.bytes(random.pick([4, 16, 0, 5])));
  return der(random.pick([TAG.host, TAG.host, 0x81, 0x86, 0xa2, 0xa4]), bytesOf(random.pick(HOSTS)));
}

/** The names for which a server's certificate is valid. */
export const certificates: Target<CertificateNames> = {
  name: "certificates",
  // The maximum that OpenSSL accepts for the certificates of a server.
  largest: 100 << 10,
  nanosPerByte: 1000,
  make: makeCertificate,
  read(input) {
    isFor("b.example", input);
    isFor("127.0.0.1", input);
    return readNames(input);
  },
  codeOf: (error) => (error instanceof Error && error.constructor === Error ? "UNREADABLE" : undefined),
  compare(input, outcome) {
    if ("code" in outcome || input.length > MOST_COMPARED) return;
    const theirs = namesByOthers(input);
    if (theirs !== undefined) assert.deepEqual(outcome.value.hosts, theirs);
  },
};

/** Alternative names of hosts, by another reader; undefined if it finds none, or if something is wrong. */
function namesByOthers(input: Buffer): string[] | undefined {
  try {
    const { extensions = [] } = AsnParser.parse(input, x509.Certificate).tbsCertificate;
    const found = extensions.find(({ extnID }) => extnID === x509.id_ce_subjectAltName);
    if (found === undefined) return undefined;
    const names = AsnParser.parse(found.extnValue, x509.SubjectAlternativeName);
    return [...names].flatMap(({ dNSName }) => (dNSName === undefined ? [] : [dNSName]));
  } catch {
    return undefined;
  }
}
