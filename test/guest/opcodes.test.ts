import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MOST_FUNCTION_WORK, MOST_WORK } from "../../host/guest/confine/compile-work.ts";
import { type Immediates, rowOf } from "../../host/guest/confine/opcodes.ts";
import { HEADER, join, type Part, repeat, section, sized, u32, vector } from "../support/wasm-bytes.ts";

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

/** What is more work to compile than its bytes: opcodes, and their work. */
// biome-ignore format: a row a family
const WORK: readonly (readonly [from: number, to: number, work: number])[] = [
  [0x10, 0x10, 40], [0x11, 0x11, 100], [0x25, 0x25, 100], [0x40, 0x40, 40], [0x6d, 0x70, 100], [0x7f, 0x82, 100],
  [0x96, 0x98, 40], [0xa4, 0xa6, 40], [0xa8, 0xab, 100], [0xae, 0xb1, 100], [0xd2, 0xd2, 40],
];

/** Instructions of bulk memory: opcode, effect, cost, work. */
// biome-ignore format: a row a family
const MISC: readonly (readonly [opcode: number, effect: number, cost: number, work: number])[] = [
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((opcode) => [opcode, 0, 4, 40] as const),
  [8, -3, 10, 100], [10, -3, 10, 100], [11, -3, 10, 100], [16, 1, 1, 0],
];

const PREFIX_SIMD = 0xfd;
const LAST_VECTOR = 0x113;
const [I32, I64, F32, F64, V128] = [0x7f, 0x7e, 0x7d, 0x7c, 0x7b] as const;
const NUMBERS = [I32, I64, F32, F64] as const;
/** The operands that an instruction of vectors can take, and what it can leave. */
const TAKEN: readonly (readonly number[])[] = [
  [],
  ...[1, 2, 3].map((count) => Array<number>(count).fill(V128)),
  ...NUMBERS.flatMap((number) => [[number], [V128, number]]),
  [I32, V128],
];
const LEFT: readonly (readonly number[])[] = [[], [V128], ...NUMBERS.map((number) => [number])];
const IMMEDIATES: Partial<Record<Immediates, Part>> = {
  memory: [0, 0],
  "memory, lane": [0, 0, 0],
  lane: [0],
  v128: repeat(0, 16),
};

/** What an instruction of vectors does to the height of the stack, as the engine says; undefined if it has none such. */
function effectInEngine(opcode: number, immediates: Part): number | undefined {
  for (const taken of TAKEN) {
    const gets = taken.map((_, local) => join(0x20, local));
    for (const left of LEFT) {
      const body = sized(vector(), ...gets, PREFIX_SIMD, u32(opcode), immediates, 0x0b);
      const type = join(0x60, u32(taken.length), ...taken, u32(left.length), ...left);
      const parts = [section(1, vector(type)), section(3, vector(0)), section(5, vector([0, 1]))];
      if (WebAssembly.validate(Uint8Array.from(join(HEADER, ...parts, section(10, vector(body))))))
        return left.length - taken.length;
    }
  }
  return undefined;
}

/** Older engines do not know these instructions. */
function effectOfRelaxed(opcode: number): number | undefined {
  if (opcode < 0x100) return undefined;
  if (opcode > 0x100 && opcode < 0x105) return 0;
  return opcode === 0x113 || (opcode >= 0x105 && opcode < 0x10d) ? -2 : -1;
}

function costOfVectors(opcode: number, immediates: Immediates): number {
  if (immediates.startsWith("memory")) return 8;
  return opcode < 0x54 ? 2 : 4;
}

describe("the instructions that a guest may have", () => {
  it("are these, each with what it does to the stack and what it costs", () => {
    for (let opcode = 0; opcode < 256; opcode++) {
      const row = rowOf(0, opcode);
      const found = row && [row.effect, row.cost];
      assert.deepEqual(found, expected.get(opcode), `0x${opcode.toString(16)}`);
    }
  });

  it("are more work to compile where they trap or call", () => {
    for (let opcode = 0; opcode < 256; opcode++) {
      const row = rowOf(0, opcode);
      const work = WORK.find(([from, to]) => opcode >= from && opcode <= to)?.[2] ?? 0;
      if (row !== undefined) assert.equal(row.work, work, `0x${opcode.toString(16)}`);
    }
    for (const [opcode, ...numbers] of MISC) {
      const row = rowOf(0xfc, opcode) ?? assert.fail();
      assert.deepEqual([row.effect, row.cost, row.work], numbers, `0xfc ${opcode}`);
    }
  });

  it("are those for vectors that the engine knows, with the same effect", () => {
    for (let opcode = 0; opcode <= LAST_VECTOR; opcode++) {
      const row = rowOf(PREFIX_SIMD, opcode);
      const what = `0xfd 0x${opcode.toString(16)}`;
      if (row === undefined) {
        for (const immediates of [[], ...Object.values(IMMEDIATES)])
          assert.equal(effectInEngine(opcode, immediates), undefined, what);
        continue;
      }
      const effect = effectInEngine(opcode, IMMEDIATES[row.immediates] ?? []) ?? effectOfRelaxed(opcode);
      // A lane that is replaced takes one operand more than one that is read.
      assert.equal(row.effect, row.immediates === "lane" ? 0 : effect, what);
      assert.deepEqual([row.cost, row.work], [costOfVectors(opcode, row.immediates), 8], what);
    }
    for (let opcode = LAST_VECTOR + 1; opcode < 0x4000; opcode++)
      assert.equal(rowOf(PREFIX_SIMD, opcode), undefined);
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
