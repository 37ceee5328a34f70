import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VALUES } from "../support/values.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const BYTES = Array.from({ length: 256 }, (_, byte) => byte);
/** First bytes at the limits of the ranges. */
const FIRST = [
  0x7f, 0x80, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5,
];
const EDGES = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];

/** All these sequences, at the beginning, in the middle and at the end of a text. */
const SEQUENCES: readonly number[][] = [
  [],
  ...BYTES.map((byte) => [byte]),
  ...BYTES.flatMap((first) => BYTES.map((second) => [first, second])),
  ...FIRST.flatMap((first) =>
    EDGES.flatMap((second) =>
      EDGES.flatMap((third) => EDGES.map((fourth) => [first, second, third, fourth])),
    ),
  ),
];

for (const [name, values] of VALUES) {
  describe(`UTF-8 in the guest, ${name}`, () => {
    for (const [where, before, after] of [
      ["alone", "", ""],
      ["in ASCII", "12345678", "9"],
      ["before much ASCII", "x", "0123456789abcdef"],
    ] as const) {
      it(`is read as others read it: every sequence ${where}`, () => {
        for (const sequence of SEQUENCES) {
          const bytes = Buffer.concat([Buffer.from(before), Buffer.from(sequence), Buffer.from(after)]);
          const [ours, theirs] = [values.decode(bytes), decoder.decode(bytes)];
          if (ours !== theirs) assert.fail(`${bytes.toString("hex")}: ${ours}, not ${theirs}`);
        }
      });
    }

    it("keeps a byte order mark", () => {
      assert.equal(values.decode(Buffer.from("\ufeffx")), "\ufeffx");
    });
  });
}
