import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readNames } from "../../../host/network/connect/certificate-names.ts";

/** An element of DER with at most 127 bytes. */
const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const value = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, value.length]), value]);
};
const COMMON_NAME = Buffer.from("0603550403", "hex");
const EMPTY = der(0x30);

/** A certificate whose subject has this common name. It has no version, and no extensions. */
function certificateOf(commonName: Buffer): Buffer {
  const subject = der(0x30, der(0x31, der(0x30, COMMON_NAME, commonName)));
  return der(0x30, der(0x30, der(0x02, Buffer.from([1])), EMPTY, EMPTY, EMPTY, subject));
}

describe("a common name", () => {
  const ROWS: readonly (readonly [what: string, tag: number, value: string, name: string | null])[] = [
    ["UTF8String", 0x0c, "6162", "ab"],
    ["NumericString", 0x12, "3132", "12"],
    ["PrintableString", 0x13, "6162", "ab"],
    ["T61String", 0x14, "6162", "ab"],
    ["IA5String", 0x16, "6162", "ab"],
    ["VisibleString", 0x1a, "6162", "ab"],
    ["BMPString", 0x1e, "00610062", "ab"],
    ["UniversalString", 0x1c, "0000006100000062", "ab"],
    ["BMPString up to its last byte", 0x1e, "00ff", "\xff"],
    ["BMPString with more than a byte", 0x1e, "0100", null],
    ["BMPString that is cut off", 0x1e, "006100", null],
    ["UniversalString up to its last byte", 0x1c, "000000ff", "\xff"],
    ["UniversalString with more than a byte", 0x1c, "00000100", null],
    ["UniversalString that is cut off", 0x1c, "00000061ff", null],
    ["UTCTime", 0x17, "00000061", null],
    ["OCTET STRING", 0x04, "6162", null],
  ];
  for (const [what, tag, value, name] of ROWS) {
    it(`is ${name === null ? "none" : "read"}: ${what}`, () => {
      const names = readNames(certificateOf(der(tag, Buffer.from(value, "hex"))));
      assert.deepEqual(names, { hosts: [], addresses: [], commonName: name });
    });
  }
});
