import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PageStore } from "../../../host/script/pages/page-store.ts";
import { LONG_FROM, PAGE_SIZE } from "../../../host/script/pages/paged-bytes.ts";
import { RunOutput } from "../../../host/script/run/run-output.ts";

/** Bytes like no others. */
const piece = (size: number, seed: number): Buffer =>
  Buffer.from(Uint8Array.from({ length: size }, (_, i) => i * 7 + seed));

/** Sizes of what is put out, one after the other. */
const SIZES = [
  [],
  [1],
  [0, 5, 0],
  [LONG_FROM - 1],
  [LONG_FROM],
  [LONG_FROM + 1, 3],
  [3, LONG_FROM + 1],
  [LONG_FROM - 1, 1, 1],
  [200_000, 1, 70_000, 5],
  Array.from({ length: 100 }, () => 1000),
];

for (const isHeld of [false, true]) {
  describe(`the output of a run, ${isHeld ? "in pages that it gets" : "in bytes that it copies"}`, () => {
    const append = (store: PageStore, output: RunOutput, bytes: Buffer): void => {
      if (!isHeld || bytes.length < LONG_FROM) {
        output.append(bytes);
        return;
      }
      const held = store.put(bytes);
      output.append(held);
      held.release();
    };

    for (const sizes of SIZES) {
      it(`is all that was put out, in its order: ${sizes.slice(0, 4)} bytes`, () => {
        const store = new PageStore();
        const output = new RunOutput(store);
        const pieces = sizes.map((size, i) => piece(size, i));
        for (const bytes of pieces) append(store, output, bytes);
        const all = Buffer.concat(pieces);
        assert.equal(output.size, all.length);
        assert.deepEqual(output.bytes, all);
        assert.equal(output.bytes.buffer.byteLength, all.length, "nothing else is in its memory");
        assert.equal(output.textIfThereIsRoom(), all.toString("utf8"));
        assert.deepEqual(output.takeNew() ?? Buffer.alloc(0), all);
        assert.equal(output.takeNew(), undefined);
      });
    }

    it("tells what is new, from where it was told before", () => {
      const store = new PageStore();
      const output = new RunOutput(store);
      for (const [i, size] of [10, LONG_FROM, 7, 2 * LONG_FROM].entries()) {
        append(store, output, piece(size, i));
        assert.deepEqual(output.takeNew(), piece(size, i));
      }
    });

    it("gives its pages to others when it is freed, and counts what they do not need", () => {
      const store = new PageStore();
      const output = new RunOutput(store);
      append(store, output, piece(LONG_FROM + 1, 0));
      assert.equal(output.slack, PAGE_SIZE - 1);
      const taken = store.size;
      output.free();
      assert.equal(store.size - taken, LONG_FROM + PAGE_SIZE);
      assert.equal(output.size, 0);
    });
  });
}

describe("the output of a run, as text", () => {
  it("keeps a byte order mark, and characters that lie in two pages", () => {
    const text = `\ufeff${"€".repeat(LONG_FROM)}`;
    const output = new RunOutput(new PageStore());
    output.append(Buffer.from(text));
    assert.equal(output.textIfThereIsRoom(), text);
  });

  it("has a sign for what is no UTF-8, wherever a page ends", () => {
    for (const end of [[0xe2, 0x82], [0xf0, 0x9f], [0xff], [0xe2, 0x28, 0xa1]]) {
      const bytes = Buffer.concat([
        Buffer.alloc(PAGE_SIZE - 1, "a"),
        Buffer.from(end),
        Buffer.alloc(LONG_FROM, "b"),
      ]);
      const output = new RunOutput(new PageStore());
      output.append(bytes);
      assert.equal(output.textIfThereIsRoom(), bytes.toString("utf8"));
    }
  });

  it("begins with whole characters, and needs no more than was asked for", () => {
    const output = new RunOutput(new PageStore());
    output.append(Buffer.from("€".repeat(2 * LONG_FROM)));
    output.append(Buffer.from("end"));
    assert.equal(output.textIfThereIsRoom(LONG_FROM), "€".repeat(Math.floor(LONG_FROM / 3)));
    for (const most of [output.size, Number.POSITIVE_INFINITY])
      assert.equal(output.textIfThereIsRoom(most), output.textIfThereIsRoom());
    assert.equal(output.textIfThereIsRoom(output.size - 1), output.textIfThereIsRoom().slice(0, -1));
    const short = new RunOutput(new PageStore());
    short.append(Buffer.from("short"));
    assert.equal(short.textIfThereIsRoom(LONG_FROM), "short");
  });
});
