import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MOST_FUNCTION_WORK, MOST_WORK } from "../../host/guest/confine/compile-work.ts";
import { rowOf } from "../../host/guest/confine/opcodes.ts";

/** The instructions of the core specification without prefix: opcodes, operands that they take and leave, and their cost. */
// biome-ignore format: a row a family
const NUMERIC: readonly (readonly [from: number, to: number, takes: number, cost: number])[] = [
  [0x45, 0x45, 1, 1], [0x46, 0x4f, 2, 1], [0x50, 0x50, 1, 1], [0x51, 0x66, 2, 1],
  [0x67, 0x69, 1, 1], [0x6a, 0x6c, 2, 1], [0x6d, 0x70, 2, 20], [0x71, 0x78, 2, 1],
  [0x79, 0x7b, 1, 1], [0x7c, 0x7e, 2, 1], [0x7f, 0x82, 2, 20], [0x83, 0x8a, 2, 1],
  [0x8b, 0x90, 1, 1], [0x91, 0x91, 1, 20], [0x92, 0x94, 2, 4], [0x95, 0x95, 2, 20], [0x96, 0x98, 2, 4],
  [0x99, 0x9e, 1, 1], [0x9f, 0x9f, 1, 20], [0xa0, 0xa2, 2, 4], [0xa3, 0xa3, 2, 20], [0xa4, 0xa6, 2, 4],
  [0xa7, 0xa7, 1, 1], [0xa8, 0xab, 1, 4], [0xac, 0xad, 1, 1], [0xae, 0xb1, 1, 4], [0xb2, 0xbb, 1, 4], [0xbc, 0xc4, 1, 1],
];

/** All others: opcode, effect on the height of the stack, cost. */
// biome-ignore format: a row a family
const OTHERS: readonly (readonly [opcode: number, effect: number, cost: number])[] = [
  [0x00, 0, 1], [0x01, 0, 1], [0x02, 0, 1], [0x03, 0, 1], [0x04, -1, 1], [0x05, 0, 1], [0x0b, 0, 0],
  [0x0c, 0, 1], [0x0d, -1, 1], [0x0e, -1, 3], [0x0f, 0, 1], [0x10, 0, 3], [0x11, -1, 6],
  [0x1a, -1, 1], [0x1b, -2, 1], [0x1c, -2, 1],
  [0x20, 1, 1], [0x21, -1, 1], [0x22, 0, 1], [0x23, 1, 1], [0x24, -1, 1], [0x25, 0, 64],
  [0x3f, 1, 1], [0x40, 0, 1], [0x41, 1, 1], [0x42, 1, 1], [0x43, 1, 1], [0x44, 1, 1],
  [0xd0, 1, 1], [0xd1, 0, 1], [0xd2, 1, 64],
];

const expected = new Map<number, readonly [effect: number, cost: number]>();
for (const [from, to, takes, cost] of NUMERIC) {
  for (let opcode = from; opcode <= to; opcode++) expected.set(opcode, [1 - takes, cost]);
}
for (const [opcode, effect, cost] of OTHERS) expected.set(opcode, [effect, cost]);
for (let opcode = 0x28; opcode <= 0x35; opcode++) expected.set(opcode, [0, 8]);
for (let opcode = 0x36; opcode <= 0x3e; opcode++) expected.set(opcode, [-2, 8]);

describe("the instructions that a guest may have", () => {
  it("are these, each with what it does to the stack and what it costs", () => {
    for (let opcode = 0; opcode < 256; opcode++) {
      const row = rowOf(0, opcode);
      const found = row && [row.effect, row.cost];
      assert.deepEqual(found, expected.get(opcode), `0x${opcode.toString(16)}`);
    }
  });

  it("have no other prefix than those of bulk memory and of vectors", () => {
    const allowed = Array.from({ length: 256 }, (_, prefix) => prefix).filter(
      (prefix) => prefix > 0 && rowOf(prefix, 0) !== undefined,
    );
    assert.deepEqual(allowed, [0xfc, 0xfd]);
    const misc = Array.from({ length: 256 }, (_, opcode) => opcode).filter((opcode) => rowOf(0xfc, opcode));
    assert.deepEqual(misc, [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 16]);
  });

  it("take no longer to compile than was measured for these bounds", () => {
    assert.deepEqual([MOST_WORK, MOST_FUNCTION_WORK], [134_217_728, 2_097_152]);
  });
});
