import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ENCODER_BASE64, ENCODER_BASE64_FILE } from "../../assembly/abi.ts";
import { checkChunks, cutAt, patternBytes } from "../support/bytes.ts";
import { ENCODINGS } from "../support/encoding.ts";
import { referenceBase64 } from "../support/reference.ts";

const LAYOUTS: [name: string, encoder: number, oracle: (bytes: Buffer) => string, lineBytes: number][] = [
  ["76 columns", ENCODER_BASE64, (bytes) => referenceBase64(bytes, 76, "\r\n", false), 57],
  ["64 columns", ENCODER_BASE64_FILE, (bytes) => referenceBase64(bytes, 64, "\n", true), 48],
];

const A57 = "QUFB".repeat(19);

const TABLE: [name: string, encoder: number, bytes: string, expected: string][] = [
  ["nothing for nothing", ENCODER_BASE64, "", ""],
  ["one byte", ENCODER_BASE64, "v", "dg=="],
  ["two bytes", ENCODER_BASE64, "vw", "dnc="],
  ["three bytes", ENCODER_BASE64, "vwx", "dnd4"],
  ["a full line, without a line end", ENCODER_BASE64, "A".repeat(57), A57],
  ["one byte over a line", ENCODER_BASE64, "A".repeat(58), `${A57}\r\nQQ==`],
  ["two full lines", ENCODER_BASE64, "A".repeat(114), `${A57}\r\n${A57}`],
  ["nothing for nothing, in a file", ENCODER_BASE64_FILE, "", ""],
  ["a line end after the last line of a file", ENCODER_BASE64_FILE, "v", "dg==\n"],
  ["a full line of a file", ENCODER_BASE64_FILE, "A".repeat(48), `${"QUFB".repeat(16)}\n`],
  ["one byte over a file's line", ENCODER_BASE64_FILE, "A".repeat(49), `${"QUFB".repeat(16)}\nQQ==\n`],
];

for (const [variant, encoding] of ENCODINGS) {
  describe(`base64 (${variant})`, () => {
    for (const [name, encoder, bytes, expected] of TABLE) {
      it(`encodes ${name}`, () => {
        assert.equal(encoding.encode(encoder, Buffer.from(bytes)).bytes.toString("latin1"), expected);
      });
    }

    for (const [layout, encoder, oracle, lineBytes] of LAYOUTS) {
      it(`gives every sextet its character, ${layout}`, () => {
        const bytes = Buffer.from(Uint8Array.from({ length: 768 }, (_, i) => (i * 67) & 255));
        assert.equal(encoding.encode(encoder, bytes).bytes.toString("latin1"), oracle(bytes));
      });

      it(`encodes every length up to five lines, ${layout}`, () => {
        for (let length = 0; length <= 5 * lineBytes + 3; length++) {
          const bytes = patternBytes(length);
          const encoded = encoding.encode(encoder, bytes).bytes;
          assert.equal(encoded.toString("latin1"), oracle(bytes), `${length} bytes`);
          assert.equal(encoding.exports.encodedLength(encoder, BigInt(length)), BigInt(encoded.length));
        }
      });

      it(`gives the same bytes cut in two anywhere, ${layout}`, () => {
        const bytes = patternBytes(3 * lineBytes + 20);
        for (let cut = 0; cut <= bytes.length; cut++) {
          const encoded = encoding.encode(encoder, bytes.subarray(0, cut), bytes.subarray(cut)).bytes;
          assert.equal(encoded.toString("latin1"), oracle(bytes), `cut at ${cut}`);
        }
      });

      it(`gives the same bytes a byte at a time, with an empty chunk at the end, ${layout}`, () => {
        const bytes = patternBytes(3 * lineBytes);
        const chunks = [...bytes].map((byte) => Uint8Array.of(byte));
        const encoded = encoding.encode(encoder, ...chunks, new Uint8Array(0)).bytes;
        assert.equal(encoded.toString("latin1"), oracle(bytes));
      });

      it(`gives the same bytes however they are cut, and Buffer decodes them, ${layout}`, () => {
        checkChunks((bytes, chunks) => {
          const encoded = encoding.encode(encoder, ...chunks).bytes.toString("latin1");
          assert.equal(encoded, oracle(bytes));
          assert.deepEqual(Buffer.from(encoded, "base64"), bytes);
        });
      });

      it(`encodes a large body in one chunk and in many, ${layout}`, () => {
        const bytes = patternBytes(200_000);
        const whole = encoding.encode(encoder, bytes).bytes;
        assert.equal(whole.toString("latin1"), oracle(bytes));
        const cuts = [65_536, 131_072, 196_608];
        assert.deepEqual(encoding.encode(encoder, ...cutAt(bytes, cuts)).bytes, whole);
      });
    }
  });
}
