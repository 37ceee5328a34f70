import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { isFor } from "../../../host/network/connect/host-match.ts";
import { parseUrl } from "../../../host/network/url/url.ts";
import { NAMES_TABLE } from "../../support/certificate-names.ts";
import { issueCertificate, type Wanted } from "../../support/x509.ts";

const derOf = (wanted: Wanted): Buffer => new X509Certificate(issueCertificate(wanted).cert).raw;
const hostOf = (host: string): string =>
  parseUrl(Buffer.from(`https://${host}/`).toString("latin1")).hostname;

const ALTERNATIVE_NAMES = "2.5.29.17";
const COMMON = { commonNames: ["ok.localhost"] };

describe("isFor", () => {
  for (const { what, certificate, is, isNot } of NAMES_TABLE) {
    it(`knows ${what}`, () => {
      const der = derOf(certificate);
      for (const host of is) assert.equal(isFor(hostOf(host), der), true, host);
      for (const host of isNot) assert.equal(isFor(hostOf(host), der), false, host);
    });
  }

  it("counts an empty label, as libcurl does", () => {
    const der = derOf({ names: ["DNS:*..localhost"] });
    assert.equal(isFor("a..localhost", der), true);
    assert.equal(isFor("a.localhost", der), false);
  });

  it("knows no zone", () => {
    const der = derOf({ names: ["IP:fe80::1"] });
    assert.equal(isFor("fe80::1%lo", der), true);
    assert.equal(isFor("fe80::2%lo", der), false);
  });

  it("takes no network for an address, nor an address of another length", () => {
    const names = ["87087f000001ffffff00", "87057f00000101", "87037f0000", "8700"];
    for (const name of names) {
      const list = Buffer.from(`30${(name.length / 2).toString(16).padStart(2, "0")}${name}`, "hex");
      assert.equal(
        isFor("127.0.0.1", derOf({ ...COMMON, extensions: [[ALTERNATIVE_NAMES, list]] })),
        false,
        name,
      );
    }
  });

  it("is nobody's where it cannot be read", () => {
    const host = Buffer.from("ok.localhost").toString("hex");
    const lists = {
      "in two lists": [`300e820c${host}`, `300e820c${host}`],
      "in pieces": [`3010a20e160c${host}`],
      "cut off": [`300e820c${host}`.slice(0, -2)],
      "too long for its list": [`300d820c${host}`],
      "without an end": [`3080820c${host}0000`],
      "of a length of many bytes": [`30138285000000000c${host}`],
      "in a set": [`310e820c${host}`],
      "followed by something": [`300e820c${host}0500`],
      nothing: [""],
    };
    for (const [what, values] of Object.entries(lists)) {
      const extensions = values.map((value): [string, Buffer] => [
        ALTERNATIVE_NAMES,
        Buffer.from(value, "hex"),
      ]);
      assert.equal(isFor("ok.localhost", derOf({ ...COMMON, extensions })), false, what);
    }
    // The same in the right form.
    const good: [string, Buffer] = [ALTERNATIVE_NAMES, Buffer.from(`300e820c${host}`, "hex")];
    assert.equal(isFor("ok.localhost", derOf({ extensions: [good] })), true);
    assert.equal(isFor("ok.localhost", derOf({ ...COMMON, extensions: [] })), true);
  });

  it("never throws, whatever the bytes are, and takes no part of a certificate for one", () => {
    const der = derOf({ names: ["DNS:ok.localhost"] });
    for (let length = 0; length < der.length; length++) {
      assert.equal(isFor("ok.localhost", der.subarray(0, length)), false, String(length));
    }
    for (let at = 0; at < der.length; at++) {
      const changed = Buffer.from(der);
      changed[at] = 0xff;
      isFor("ok.localhost", changed);
    }
  });

  it("takes time in proportion to the names", () => {
    const names = Array.from({ length: 5_000 }, (_, index) => `DNS:${index}.w.localhost`);
    const der = derOf({ names });
    const started = performance.now();
    assert.equal(isFor("4999.w.localhost", der), true);
    assert.equal(isFor("5000.w.localhost", der), false);
    assert.ok(performance.now() - started < 2_000);
  });
});
