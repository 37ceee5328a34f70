import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ChunkBuffers } from "../../../host/network/body/chunk-buffers.ts";

describe("the buffers of chunks", () => {
  it("are others as long as they were not given back", () => {
    const buffers = new ChunkBuffers();
    const taken = [buffers.take(65_536), buffers.take(65_536), buffers.take(88_000)];
    assert.deepEqual(
      taken.map(({ length }) => length),
      [65_536, 65_536, 88_000],
    );
    assert.equal(new Set(taken.map(({ buffer }) => buffer)).size, 3);
  });

  it("are the same after that, for sizes that are about the same", () => {
    const buffers = new ChunkBuffers();
    const first = buffers.take(88_000).buffer;
    for (const size of [88_100, 87_000, 89_000, 5000]) {
      buffers.reclaim();
      const taken = buffers.take(size);
      assert.equal(taken.length, size);
      assert.equal(taken.buffer, first);
    }
  });

  it("are not the same for a larger size, nor for two at a time", () => {
    const buffers = new ChunkBuffers();
    const first = buffers.take(20_000).buffer;
    buffers.reclaim();
    assert.notEqual(buffers.take(70_000).buffer, first);
    assert.equal(buffers.take(20_000).buffer, first);
    assert.notEqual(buffers.take(20_000).buffer, first);
  });

  it("are Node's own for small sizes", () => {
    const buffers = new ChunkBuffers();
    assert.equal(buffers.take(100).length, 100);
    assert.equal(buffers.take(0).length, 0);
  });
});
