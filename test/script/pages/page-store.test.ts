import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LentPages } from "../../../host/script/pages/lent-pages.ts";
import { type HeldBytes, PageStore } from "../../../host/script/pages/page-store.ts";
import {
  LONG_FROM,
  type LongBytes,
  PAGE_SIZE,
  PagedBytes,
  pagesFor,
} from "../../../host/script/pages/paged-bytes.ts";
import { type Pages, SEGMENT_PAGES } from "../../../host/script/pages/pages.ts";

const SEGMENT = SEGMENT_PAGES * PAGE_SIZE;

const bytesOf = (pages: Pages, bytes: LongBytes): Buffer => pages.copy(bytes, Buffer.alloc(bytes.length));
const numbered = (size: number): Buffer => Buffer.from(Uint8Array.from({ length: size }, (_, i) => i % 251));

describe("a store of pages", () => {
  it("keeps bytes of any size, and has the pages back when nobody holds them", () => {
    const store = new PageStore();
    const sizes = [0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 1, SEGMENT + 1];
    const held = sizes.map((size) => store.put(numbered(size)));
    for (const [i, bytes] of held.entries()) {
      assert.equal(bytes.pages.length, pagesFor(sizes[i] as number));
      assert.ok(bytesOf(store.pages, bytes).equals(numbered(sizes[i] as number)), String(sizes[i]));
    }
    const before = store.size;
    const [, one] = held as [HeldBytes, HeldBytes];
    one.hold().release();
    assert.deepEqual([store.size, one.isHeld], [before, true]);
    for (const bytes of held) bytes.release();
    assert.deepEqual([store.size, one.isHeld], [store.segments.length * SEGMENT, false]);
  });

  it("has room for any sizes, one after the other, in what the largest of them needed", () => {
    const store = new PageStore();
    let held = store.put(Buffer.alloc(3 * SEGMENT));
    for (let size = 3 * SEGMENT - 5; size > 0; size -= 99_991) {
      held.release();
      held = store.put(Buffer.alloc(size));
    }
    assert.equal(store.segments.length, 3);
  });

  it("uses free pages that lie anywhere for what is long", () => {
    const store = new PageStore();
    const held = Array.from({ length: 2 * SEGMENT_PAGES }, () => store.put(numbered(PAGE_SIZE)));
    for (const [i, bytes] of held.entries()) if (i % 2 === 0) bytes.release();
    const long = store.put(numbered(SEGMENT));
    assert.equal(store.segments.length, 2);
    assert.ok(bytesOf(store.pages, long).equals(numbered(SEGMENT)));
    for (const [i, bytes] of held.entries())
      if (i % 2 === 1) assert.ok(bytesOf(store.pages, bytes).equals(numbered(PAGE_SIZE)));
  });

  it("gives up what is too much and free as a whole, the newest first, and says so", () => {
    const store = new PageStore();
    const [first, second, third] = [1, 2, 3].map(() => store.put(Buffer.alloc(SEGMENT))) as [
      HeldBytes,
      HeldBytes,
      HeldBytes,
    ];
    third.release();
    first.release();
    const { version } = store;
    store.shrink(2 * SEGMENT);
    assert.deepEqual([store.size, store.version], [2 * SEGMENT, version]);
    store.shrink(2 * SEGMENT - 1);
    assert.deepEqual([store.size, store.segments.map(({ id }) => id)], [SEGMENT, [1, 2]]);
    assert.notEqual(store.version, version);
    store.shrink(0);
    assert.deepEqual([store.size, store.segments.map(({ id }) => id)], [0, [2]]);
    second.release();
    const again = store.put(numbered(2 * SEGMENT));
    assert.ok(bytesOf(store.pages, again).equals(numbered(2 * SEGMENT)));
  });

  it("keeps texts of any characters as UTF-8", () => {
    const store = new PageStore();
    const texts = [
      "",
      "a".repeat(PAGE_SIZE),
      "é€😀".repeat(30_000),
      `a${"😀".repeat(20_000)}`,
      "\ud800",
      `${"a".repeat(16_383)}\ud800${"b".repeat(20_000)}`,
    ];
    for (const text of texts)
      assert.equal(bytesOf(store.pages, store.putText(text)).toString(), Buffer.from(text).toString());
  });

  it("gives parts from anywhere to anywhere", () => {
    const store = new PageStore();
    const bytes = store.put(numbered(3 * PAGE_SIZE + 5));
    for (const [from, to] of [
      [0, 0],
      [0, 1],
      [PAGE_SIZE - 1, PAGE_SIZE + 1],
      [PAGE_SIZE, 3 * PAGE_SIZE],
      [7, 2 ** 40],
    ] as const) {
      const parts = Buffer.concat([...store.pages.parts(bytes, from, to)]);
      assert.ok(parts.equals(numbered(3 * PAGE_SIZE + 5).subarray(from, to)), `${from} to ${to}`);
    }
  });
});

describe("pages that were lent to a worker", () => {
  it("are filled, as long as there are enough, and what is in them is seen elsewhere", () => {
    const store = new PageStore();
    const lent = new LentPages();
    lent.lend(store.take(5));
    for (const segment of store.segments) lent.pages.add(segment);
    assert.equal(lent.put(Buffer.alloc(5 * PAGE_SIZE + 1)), undefined);
    assert.equal(lent.put(Buffer.alloc(LONG_FROM - 1)), undefined);
    const bytes = lent.put(numbered(LONG_FROM)) as PagedBytes;
    assert.equal(lent.count, 1);
    assert.ok(bytesOf(store.pages, bytes).equals(numbered(LONG_FROM)));
    assert.ok(bytes instanceof PagedBytes);
  });
});
