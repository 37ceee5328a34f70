import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  HEAD_WORDS,
  isSame,
  MASK_BITS,
  nextPage,
  PAGE_WORDS,
  putPages,
  WORD,
  wordsOf,
} from "../../host/guest/parked/page-words.ts";

/** A page at `at`, of which these words differ, each with its own number plus 100 as its value. */
function pageOf(at: number, changed: readonly number[]): number[] {
  const mask = (from: number): number =>
    changed.reduce(
      (bits, word) => (word >= from && word < from + 32 ? bits | (1 << (word - from)) : bits),
      0,
    );
  return [at, mask(0), mask(32), ...changed.map((word) => word + 100)];
}

const all = Array.from({ length: PAGE_WORDS }, (_, word) => word);

describe("the words of a page", () => {
  it("are as many as its two masks have bits, behind a head of three", () => {
    assert.deepEqual([PAGE_WORDS, MASK_BITS, HEAD_WORDS, WORD], [64, 32, 3, 4]);
  });

  it("are compared one by one, and only in pages that are there as a whole", () => {
    const pristine = Int32Array.from({ length: 3 * PAGE_WORDS }, (_, at) => at + 1);
    const words = Int32Array.from(pristine);
    for (let page = 0; page < words.length; page += PAGE_WORDS)
      assert.equal(isSame(words, pristine, page), true);
    for (let at = PAGE_WORDS; at < 2 * PAGE_WORDS; at++) {
      words[at] = -1;
      const same = [0, 1, 2].map((page) => isSame(words, pristine, page * PAGE_WORDS));
      assert.deepEqual(same, [true, false, true], `${at}`);
      words[at] = at + 1;
    }
    assert.equal(isSame(words, pristine.subarray(0, -1), 2 * PAGE_WORDS), false);
    assert.equal(isSame(words, pristine, 3 * PAGE_WORDS), false);
  });

  for (const changed of [[], [0], [31], [32], [63], [0, 31, 32, 63], [5, 7, 40], all]) {
    it(`are put where the masks say, and nowhere else: ${changed.length === 64 ? "all" : changed}`, () => {
      const from = Int32Array.from([9, 9, ...pageOf(64, changed), ...pageOf(192, [1]), 7, 7]);
      const second = 2 + HEAD_WORDS + changed.length;
      assert.equal(nextPage(from, 2), second);
      assert.equal(nextPage(from, second), second + HEAD_WORDS + 1);
      const words = new Int32Array(4 * PAGE_WORDS);
      putPages(words, from, 2, from.length - 2);
      const expected = new Int32Array(words.length);
      for (const word of changed) expected[64 + word] = word + 100;
      expected[193] = 101;
      assert.deepEqual(words, expected);
      words.fill(0);
      putPages(words, from, second, second);
      assert.ok(words.every((word) => word === 0));
    });
  }

  it("are a view of bytes, wherever these begin", () => {
    const bytes = Buffer.from(new ArrayBuffer(16), 4, 8);
    bytes.writeInt32LE(-5, 0);
    bytes.writeInt32LE(6, 4);
    const words = wordsOf(bytes);
    assert.deepEqual([...words], [-5, 6]);
    words[1] = 7;
    assert.equal(bytes.readInt32LE(4), 7);
  });
});
