import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { issueCertificate, type KeyType } from "./x509.ts";

const KEY_TYPES: KeyType[] = ["P-256", "P-384", "P-521", "ed25519", "rsa-2048"];

describe("certificates of tests", () => {
  for (const keyType of KEY_TYPES) {
    it(`sign and are signed with ${keyType}`, () => {
      const issuer = issueCertificate({ commonNames: ["issuer"], isAuthority: true, keyType });
      const authority = new X509Certificate(issuer.cert);
      const leaf = new X509Certificate(issueCertificate({ commonNames: ["leaf"], issuer, keyType }).cert);
      assert.ok(leaf.verify(authority.publicKey) && leaf.checkIssued(authority));
      assert.deepEqual([authority.ca, leaf.ca], [true, false]);
    });
  }

  it("say anything, also what no certificate should", () => {
    const until = new Date("2020-01-02T03:04:05Z");
    const { cert } = issueCertificate({
      commonNames: ["a\0b", "ü"],
      names: ["DNS:x\0.test", "DNS:b\xfccher.test", "IP:10.0.0.1", "IP:fe80::1", "URI:http://x/"],
      from: new Date("2020-01-01T00:00:00Z"),
      until,
    });
    const { subject, subjectAltName, validTo } = new X509Certificate(cert);
    assert.equal(subject, "CN=a\\00b\nCN=ü");
    assert.equal(
      subjectAltName,
      'DNS:"x\\u0000.test", DNS:"b\\u00fccher.test", IP Address:10.0.0.1, IP Address:FE80:0:0:0:0:0:0:1, URI:http://x/',
    );
    assert.equal(Date.parse(validTo), until.getTime());
  });
});
