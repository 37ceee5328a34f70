import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ENCODER_7BIT } from "../../assembly/abi.ts";
import { checkChunks } from "../support/bytes.ts";
import { ENCODINGS } from "../support/encoding.ts";

for (const [variant, encoding] of ENCODINGS) {
  describe(`7bit (${variant})`, () => {
    it("changes nothing in 7-bit bytes", () => {
      const bytes = Buffer.from(Uint8Array.from({ length: 1000 }, (_, i) => i & 127));
      assert.deepEqual(encoding.encode(ENCODER_7BIT, bytes), { bytes, failed: false });
    });

    it("fails at the first 8-bit byte, wherever it is, and gives those before it", () => {
      for (let length = 0; length < 200; length++) {
        const bytes = Buffer.concat([Buffer.alloc(length, "a"), Buffer.from([0x80]), Buffer.alloc(70, 0xff)]);
        const expected = { bytes: bytes.subarray(0, length), failed: true };
        assert.deepEqual(encoding.encode(ENCODER_7BIT, bytes), expected);
      }
    });

    it("fails at the same byte however the bytes are cut", () => {
      checkChunks((bytes, chunks) => {
        const first = bytes.findIndex((byte) => byte > 127);
        const expected =
          first < 0 ? { bytes, failed: false } : { bytes: bytes.subarray(0, first), failed: true };
        assert.deepEqual(encoding.encode(ENCODER_7BIT, ...chunks), expected);
      });
    });
  });
}
