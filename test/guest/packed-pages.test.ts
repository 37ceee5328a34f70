import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  MOST_PACKED_BYTES,
  MOST_PACKED_WORDS,
  packedBytes,
  packPages,
  unpackPages,
} from "../../host/guest/parked/packed-pages.ts";
import { HEAD_WORDS, PAGE_WORDS, WORD } from "../../host/guest/parked/page-words.ts";

/** A page of this number, with these words at these places. */
function pageOf(number: number, words: ReadonlyMap<number, number>): number[] {
  let [low, high] = [0, 0];
  const places = [...words.keys()].sort((a, b) => a - b);
  for (const place of places) {
    if (place < 32) low |= 1 << place;
    else high |= 1 << (place - 32);
  }
  return [number * PAGE_WORDS, low, high, ...places.map((place) => words.get(place) ?? 0)];
}

function roundTrip(pages: Int32Array, start = 0): { size: number; back: Int32Array } {
  const bytes = Uint8Array.from(packPages(pages, start, pages.length));
  const to = new Int32Array(bytes.length);
  return { size: bytes.length, back: to.subarray(0, unpackPages(bytes, to)) };
}

describe("packed pages", () => {
  const word = fc.oneof(fc.nat(300), fc.nat(70_000), fc.nat(20_000_000), fc.integer());
  const words = fc.dictionary(fc.nat(PAGE_WORDS - 1).map(String), word, { minKeys: 1, maxKeys: PAGE_WORDS });
  const page = fc.record({ gap: fc.oneof(fc.nat(3), fc.nat(100_000)), words });

  it("are the same pages when they are unpacked", () => {
    fc.assert(
      fc.property(fc.array(page, { maxLength: 40 }), fc.nat(3), (list, start) => {
        let number = -1;
        const pages = list.map(({ gap, words }) => {
          number += gap + 1;
          const byPlace = Object.entries(words).map(([place, value]) => [Number(place), value] as const);
          return pageOf(number, new Map(byPlace));
        });
        const all = Int32Array.from([...Array<number>(start).fill(-1), ...pages.flat()]);
        const { size, back } = roundTrip(all, start);
        assert.deepEqual(back, all.subarray(start));
        // No page becomes longer than one byte more than it was.
        assert.ok(size <= back.length * WORD + list.length);
      }),
      { numRuns: 300 },
    );
  });

  it("begin with a byte that is not 0, also after many pages", () => {
    for (const number of [0, 63, 64, 8191, 8192, 1 << 20, (1 << 24) - 1]) {
      const pages = Int32Array.from(pageOf(number, new Map([[0, 1]])));
      assert.notEqual(packPages(pages, 0, pages.length)[0], 0);
      assert.deepEqual(roundTrip(pages).back, pages);
    }
  });

  it("have a byte for a small word, and not more than its four for a large one", () => {
    const sizes = [0, 255, 256, 65_535, 65_536, (1 << 24) - 1, 1 << 24, -1].map((value) => {
      const pages = Int32Array.from(pageOf(0, new Map([1, 2, 3, 4].map((place) => [place, value]))));
      return roundTrip(pages).size;
    });
    // Besides the head of 3 bytes, and the sizes, where they are worth it.
    assert.deepEqual(sizes, [8, 8, 12, 12, 16, 16, 19, 19]);
  });

  it("have room for the most words, in the longest form", () => {
    const page = pageOf(
      0,
      new Map([
        [63, -1],
        [31, -1],
        [23, -1],
        [15, -1],
        [7, -1],
        [39, -1],
        [47, -1],
        [55, -1],
      ]),
    );
    const count = Math.floor(MOST_PACKED_WORDS / page.length);
    const pages = new Int32Array(count * page.length);
    for (let i = 0; i < count; i++) pages.set([i * PAGE_WORDS, ...page.slice(1)], i * page.length);
    assert.ok(page.length === HEAD_WORDS + 8);
    assert.deepEqual(roundTrip(pages).back, pages);
    assert.ok(packedBytes(MOST_PACKED_BYTES).length === MOST_PACKED_BYTES);
  });
});
