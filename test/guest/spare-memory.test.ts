import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEPARTURES, isMovable, isShared, movableBytes } from "../../host/guest/parked/shareable.ts";
import { SPARE, SpareMemory } from "../../host/guest/parked/spare-memory.ts";

const KIB = 1024;

describe("shared memory to spare", () => {
  it("is given out again, the smallest that is large enough", () => {
    const spare = new SpareMemory();
    const [small, medium, large] = [1, 2, 4].map((kib) => new SharedArrayBuffer(kib * KIB));
    for (const buffer of [medium, large, small]) spare.give(buffer as SharedArrayBuffer);
    assert.equal(spare.size, 7 * KIB);
    assert.equal(spare.take(KIB + 1), medium);
    assert.equal(spare.take(KIB), small);
    assert.equal(spare.take(4 * KIB + 1), undefined);
    assert.equal(spare.takeLargest(), large);
    assert.deepEqual([spare.size, spare.takeLargest(), spare.take(0)], [0, undefined, undefined]);
  });

  it("is dropped when it is too much", () => {
    const spare = new SpareMemory();
    for (const kib of [1, 2, 4]) spare.give(new SharedArrayBuffer(kib * KIB));
    spare.shrink(7 * KIB);
    assert.equal(spare.size, 7 * KIB);
    spare.shrink(7 * KIB - 1);
    assert.equal(spare.size, 3 * KIB);
    spare.shrink(0);
    assert.equal(spare.size, 0);
  });
});

describe("the memory of a suspended guest", () => {
  const suspend = (size: number): Buffer => DEPARTURES.slabOf(DEPARTURES.take(size));

  it("is shared from 64 KiB on, and has at most a quarter more than it needs", () => {
    assert.equal(isShared(suspend(64 * KIB - 4)), false);
    for (const size of [64 * KIB, 64 * KIB + 4, 100_000, 1 << 20, 16_400_000]) {
      const bytes = suspend(size);
      assert.deepEqual([bytes.length, isShared(bytes)], [size, true]);
      assert.ok(bytes.buffer.byteLength >= size && bytes.buffer.byteLength <= size * 1.25, String(size));
    }
  });

  it("is memory that was used before, if there is some", () => {
    const { buffer } = suspend(100_000);
    SPARE.give(buffer as unknown as SharedArrayBuffer);
    assert.equal(suspend(100_000).buffer, buffer);
    assert.notEqual(suspend(100_000).buffer, buffer);
  });
});

it("long bytes for another thread have memory of their own, which can be given away", () => {
  assert.equal(isMovable(movableBytes(64 * KIB)), true);
  assert.equal(isMovable(movableBytes(64 * KIB - 1)), false);
  assert.equal(isMovable(Buffer.from(new SharedArrayBuffer(64 * KIB))), false);
  assert.equal(isMovable(Buffer.alloc(65 * KIB).subarray(KIB)), false);
});
