import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ByteWriter } from "../../host/guest/confine/byte-writer.ts";
import { ByteReader, encodeSigned, encodeU32 } from "../../host/guest/confine/bytes.ts";
import { readBlockType } from "../../host/guest/confine/types.ts";

const BAD = { code: "BAD_MODULE" };
const readerOf = (...bytes: number[]): ByteReader => new ByteReader(Buffer.from(bytes), 0, bytes.length);

/** Numbers, unsigned and signed. */
// biome-ignore format: a row a number
const NUMBERS: readonly (readonly [value: number, unsigned: readonly number[], signed: readonly number[]])[] = [
  [0, [0], [0]],
  [1, [1], [1]],
  [0x3f, [0x3f], [0x3f]],
  [0x40, [0x40], [0xc0, 0]],
  [0x7f, [0x7f], [0xff, 0]],
  [0x80, [0x80, 1], [0x80, 1]],
  [0x1fff, [0xff, 0x3f], [0xff, 0x3f]],
  [0x2000, [0x80, 0x40], [0x80, 0xc0, 0]],
  [0x7fffffff, [0xff, 0xff, 0xff, 0xff, 7], [0xff, 0xff, 0xff, 0xff, 7]],
  [0xffffffff, [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0x0f]],
];

describe("the numbers of a module", () => {
  for (const [value, unsigned, signed] of NUMBERS) {
    it(`are written and read again: ${value}`, () => {
      assert.deepEqual(encodeU32(value), unsigned);
      assert.deepEqual(encodeSigned(value), signed);
      const reader = readerOf(...unsigned, 9);
      assert.deepEqual([reader.u32(), reader.pos], [value, unsigned.length]);
      const writer = new ByteWriter();
      writer.u32(value >>> 0);
      assert.deepEqual([...writer.finish()], unsigned);
    });
  }

  it("have at most five bytes, and no bits that are too many", () => {
    assert.equal(readerOf(0x80, 0x80, 0x80, 0x80, 0).u32(), 0);
    for (const bytes of [[0xff, 0xff, 0xff, 0xff, 0x10], [0x80, 0x80, 0x80, 0x80, 0x80, 0], [0x80], []])
      assert.throws(() => readerOf(...bytes).u32(), BAD, `${bytes}`);
  });

  /** Signed numbers, by their bits. */
  const SIGNED: readonly (readonly [bits: 32 | 64, bytes: readonly number[], isNumber: boolean])[] = [
    [32, [0x7f], true],
    [32, [0x80, 0x80, 0x80, 0x80, 7], true],
    [32, [0x80, 0x80, 0x80, 0x80, 8], false],
    [32, [0x80, 0x80, 0x80, 0x80, 0x78], true],
    [32, [0x80, 0x80, 0x80, 0x80, 0x70], false],
    [32, [0x80, 0x80, 0x80, 0x80, 0x77], false],
    [32, [0x80, 0x80, 0x80, 0x80, 0x80, 0], false],
    [64, [0x80, 0x80, 0x80, 0x80, 0x70], true],
    [64, [...Array<number>(9).fill(0x80), 0], true],
    [64, [...Array<number>(9).fill(0x80), 0x7f], true],
    [64, [...Array<number>(9).fill(0x80), 1], false],
    [64, [...Array<number>(9).fill(0x80), 0x7e], false],
    [64, [...Array<number>(10).fill(0x80), 0], false],
  ];
  for (const [bits, bytes, isNumber] of SIGNED) {
    it(`with a sign are ${isNumber ? "skipped" : "refused"} in ${bits} bits: ${bytes}`, () => {
      const reader = readerOf(...bytes, 9);
      if (!isNumber) return assert.throws(() => reader.skipSigned(bits), BAD);
      reader.skipSigned(bits);
      assert.equal(reader.pos, bytes.length);
    });
  }

  /** Types of blocks: values, nothing, and indices in as few bytes as possible. */
  const BLOCKS: readonly (readonly [bytes: readonly number[], type: number | null])[] = [
    [[0], 0],
    [[0x3f], 0x3f],
    [[0x40], -64],
    [[0x7f], -1],
    [[0x7b], -5],
    [[0x41], null],
    [[0x7a], null],
    [[0xc0, 0], 0x40],
    [[0xbf, 0], null],
    [[0x80, 1], 0x80],
    [[0xff, 0x3f], 0x1fff],
    [[0xff, 0x40], null],
    [[0x80, 0xc0, 0], 0x2000],
    [[0x80, 0xbf, 0], null],
    [[0x80, 0x80, 0x80, 1], 2 ** 21],
    [[0x80, 0x80, 0x80, 0x80, 1], null],
  ];
  for (const [bytes, type] of BLOCKS) {
    it(`are types of blocks, or none: ${bytes}`, () => {
      const reader = readerOf(...bytes, 9);
      if (type === null) return assert.throws(() => readBlockType(reader), BAD);
      assert.deepEqual([readBlockType(reader), reader.pos], [type, bytes.length]);
    });
  }
});

describe("the bytes of a module", () => {
  const limit = { most: 2, what: "things" };

  it("are read to their end and not beyond", () => {
    const reader = new ByteReader(Buffer.from([9, 1, 2, 3, 9]), 1, 4);
    assert.deepEqual([reader.u8(), reader.isAtEnd], [1, false]);
    assert.throws(() => reader.checkEnd(), BAD);
    assert.throws(() => reader.skip(3), BAD);
    reader.skip(2);
    reader.skip(0);
    reader.checkEnd();
    assert.equal(reader.isAtEnd, true);
    assert.throws(() => reader.u8(), BAD);
  });

  it("have lists and names up to a limit", () => {
    const list = readerOf(2, 7, 8, 9);
    assert.deepEqual([list.vector(limit, () => list.u8()), list.pos], [[7, 8], 3]);
    assert.deepEqual(
      readerOf(0).vector(limit, () => assert.fail()),
      [],
    );
    const long = readerOf(3, 7, 8, 9);
    assert.throws(() => long.vector(limit, () => long.u8()), { message: /has more than 2 things/ });
    const name = readerOf(2, 0xc3, 0xa9, 9);
    assert.deepEqual([name.name(limit), name.pos], ["é", 3]);
    assert.throws(() => readerOf(3, 65, 66, 67).name(limit), BAD);
    assert.throws(() => readerOf(2, 65).name(limit), BAD);
  });

  it("are written one behind the other, however many they are", () => {
    const writer = new ByteWriter();
    const expected: number[] = [];
    for (let step = 0; step < 3000; step++) {
      const bytes = Uint8Array.of(step & 0xff, 1, 2);
      writer.put(bytes);
      writer.copy(Buffer.from([9, 8, 7, 6]), 1, 3);
      writer.u32(300);
      expected.push(...bytes, 8, 7, 0xac, 2);
      assert.equal(writer.length, expected.length);
    }
    assert.deepEqual([...writer.finish()], expected);
  });
});
