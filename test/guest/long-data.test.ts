import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LONG_DATA } from "../../assembly/abi.ts";
import { Copies, longestData } from "../../host/guest/wire/long-data.ts";

const SIZES = [0, 1, 65, 4097, 65_536, 65_537, 1_048_575, 1_048_576, 1_048_577];

describe("data that stay on the host", () => {
  it("are those of more than 4 KiB; of more than 64 bytes in arguments of more than 1 MiB", () => {
    assert.equal(longestData(0), LONG_DATA);
    assert.equal(longestData(1_048_576), LONG_DATA);
    assert.equal(longestData(1_048_577), 64);
  });

  it("are copied as they are, whatever came before", () => {
    const copies = new Copies();
    const given = [...SIZES, ...SIZES].map((size, index) => Buffer.alloc(size, index + 1));
    const taken = given.map((bytes) => copies.of(bytes, bytes));
    const expected = given.map((bytes) => Buffer.from(bytes));
    for (const bytes of given) bytes.fill(0);
    for (const [index, bytes] of taken.entries()) assert.ok(expected[index]?.equals(bytes), `${index}`);
  });

  it("are copied once if they are given twice", () => {
    const copies = new Copies();
    const bytes = Buffer.alloc(5000);
    assert.equal(copies.of(bytes, bytes), copies.of(bytes, bytes));
    assert.notEqual(copies.of(bytes, bytes), copies.of(Buffer.alloc(5000), bytes));
  });

  it("need no more memory than there is in them, if they are few", () => {
    const bytes = new Uint8Array(5000);
    assert.equal(new Copies().of(bytes, bytes).buffer.byteLength, 5000);
  });

  it("need at most twice their memory, and a MiB, if they are many", () => {
    const copies = new Copies();
    const buffers = new Set<ArrayBufferLike>();
    let given = 0;
    for (let count = 0; count < 12_000; count++, given += 4000) {
      const bytes = new Uint8Array(4000);
      buffers.add(copies.of(bytes, bytes).buffer);
      if (count % 1000 > 0) continue;
      const taken = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
      assert.ok(taken <= 2 * given + 2_000_000, `${taken} for ${given}`);
    }
  });
});
