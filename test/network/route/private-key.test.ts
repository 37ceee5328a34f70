import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import { readPrivateKey } from "../../../host/network/route/private-key.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

const GOOD: Readonly<Record<string, KeyObject>> = {
  RSA: rsa,
  "RSA-PSS": generateKeyPairSync("rsa-pss", { modulusLength: 2048 }).privateKey,
  "P-256": ec,
  "P-521": generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey,
  Ed25519: generateKeyPairSync("ed25519").privateKey,
  Ed448: generateKeyPairSync("ed448").privateKey,
};

const pem = (key: KeyObject, type: "pkcs8" | "pkcs1" | "sec1" = "pkcs8"): string =>
  key.export({ type, format: "pem" }).toString();

/** (SEQUENCE (INTEGER 0) (SEQUENCE (OID dsa) (SEQUENCE …)) …) in which OpenSSL would compute for a second. */
function dsaOf(bytes: number): Buffer {
  const long = (tag: number, body: Buffer): Buffer => {
    const head = Buffer.from([tag, 0x82, 0, 0]);
    head.writeUInt16BE(body.length, 2);
    return Buffer.concat([head, body]);
  };
  const number = long(0x02, Buffer.alloc(bytes, 0x7f));
  const parameters = long(0x30, Buffer.concat([number, number, number]));
  const algorithm = long(0x30, Buffer.concat([Buffer.from("06072a8648ce380401", "hex"), parameters]));
  return long(0x30, Buffer.concat([Buffer.from("020100", "hex"), algorithm, long(0x04, number)]));
}

const labelled = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString("base64")}\n-----END ${label}-----\n`;

const explicit = generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }).privateKey;

/** Any error of ours. OpenSSL's begin with `error:`. */
const REFUSED = /^Error: (?!error:)/;

const BAD: Readonly<Record<string, string | Buffer>> = {
  DSA: pem(generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).privateKey),
  "a large DSA": dsaOf(2000),
  "a large DSA as PEM": labelled("PRIVATE KEY", dsaOf(2000)),
  "a large DSA under the label of RSA": labelled("RSA PRIVATE KEY", dsaOf(2000)),
  "a large DSA under the label of EC": labelled("EC PRIVATE KEY", dsaOf(2000)),
  "DSA of another PEM": "-----BEGIN DSA PRIVATE KEY-----\nMA==\n-----END DSA PRIVATE KEY-----\n",
  X25519: pem(generateKeyPairSync("x25519").privateKey),
  "a curve that is spelt out": pem(explicit),
  "the same as SEC 1": pem(explicit, "sec1"),
  "one with a password": rsa
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
    .toString(),
  "one without an end": pem(rsa).slice(0, 500),
  "half of one": `${pem(rsa).slice(0, 500)}\n-----END PRIVATE KEY-----\n`,
  nothing: "",
  text: "no key",
  "one that is too long": pem(rsa) + " ".repeat(32_768),
};

describe("a client's private key", () => {
  for (const [kind, key] of Object.entries(GOOD)) {
    it(`is read as OpenSSL reads it: ${kind}`, () => {
      const der = key.export({ type: "pkcs8", format: "der" });
      for (const bytes of [Buffer.from(pem(key)), der, Buffer.from(`a comment\n${pem(key)}and more\n`)]) {
        assert.ok(readPrivateKey(bytes).equals(key));
      }
    });
  }

  it("is read in the older forms of PEM, too", () => {
    assert.ok(readPrivateKey(Buffer.from(pem(rsa, "pkcs1"))).equals(rsa));
    assert.ok(readPrivateKey(Buffer.from(pem(ec, "sec1"))).equals(ec));
    assert.ok(
      readPrivateKey(Buffer.from(pem(rsa).replaceAll("\n", "\r\n"))).equals(createPrivateKey(pem(rsa))),
    );
  });

  for (const [kind, text] of Object.entries(BAD)) {
    it(`is refused before OpenSSL sees it: ${kind}`, () => {
      assert.throws(() => readPrivateKey(Buffer.from(text)), REFUSED);
    });
  }

  it("is read up to 32,768 bytes", () => {
    const text = pem(rsa);
    assert.ok(readPrivateKey(Buffer.from(text.padEnd(32_768))).equals(rsa));
    assert.throws(() => readPrivateKey(Buffer.from(text.padEnd(32_769))), /more than 32768 bytes/);
  });
});
