import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { ContentBuffer } from "../../host/collections/content-buffer.ts";

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** The memory that is in use now, in bytes. */
function memoryInUse(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe("ContentBuffer", () => {
  it("gives back what came, however it came", () => {
    const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(3000), fc.integer({ min: 16_000, max: 70_000 })), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(sizes, fc.boolean(), (list, isWasteful) => {
        const content = new ContentBuffer();
        const pieces = list.map((size, index) => {
          const whole = Buffer.alloc(isWasteful ? size + 100_000 : size, index + 1);
          return whole.subarray(0, size);
        });
        for (const piece of pieces) content.add(piece);
        assert.equal(
          content.length,
          list.reduce((sum, size) => sum + size, 0),
        );
        assert.ok(content.take().equals(Buffer.concat(pieces)));
      }),
      { numRuns: 50 },
    );
  });

  it("gives back what came, whatever was announced", () => {
    const sizes = fc.array(fc.oneof(fc.nat(3), fc.integer({ min: 2000, max: 70_000 })), { maxLength: 30 });
    const announced = fc.oneof(fc.constant(Number.NaN), fc.integer({ min: -1, max: 1_500_000 }));
    fc.assert(
      fc.property(sizes, announced, fc.nat(30), (list, length, when) => {
        const content = new ContentBuffer();
        const pieces = list.map((size, index) => Buffer.alloc(size, index + 1));
        for (const [index, piece] of pieces.entries()) {
          if (index === when) content.expect(length);
          content.add(piece);
        }
        const taken = content.take();
        assert.ok(taken.equals(Buffer.concat(pieces)));
        // A small one lies in the memory that Buffers share.
        assert.ok(taken.length < 100_000 || taken.buffer.byteLength <= 2 * taken.length + 4096);
      }),
      { numRuns: 300 },
    );
  });

  it("reserves an announced length when a quarter has come, and not before, and not too much", (t) => {
    const MIB = 1024 * 1024;
    const { mock } = t.mock.method(Buffer, "allocUnsafeSlow");
    const reserved = (length: number, came: number): unknown[] => {
      mock.resetCalls();
      const content = new ContentBuffer();
      content.expect(length);
      const piece = Buffer.alloc(came / 2);
      content.add(piece);
      content.add(piece);
      return mock.calls.flatMap((call) => call.arguments);
    };
    assert.deepEqual(reserved(4 * MIB, MIB), [4 * MIB]);
    assert.deepEqual(reserved(4 * MIB + 4, MIB), []);
    assert.deepEqual(reserved(16 * MIB, 4 * MIB), [16 * MIB]);
    assert.deepEqual(reserved(16 * MIB + 1, 8 * MIB), []);
    assert.deepEqual(reserved(MIB, 2 * MIB), []);
  });

  it("does without, if there is no memory for an announced length", (t) => {
    t.mock.method(Buffer, "allocUnsafeSlow", () => {
      throw new RangeError("Array buffer allocation failed");
    });
    const content = new ContentBuffer();
    content.expect(400_000);
    const pieces = [1, 2, 3, 4].map((byte) => Buffer.alloc(100_000, byte));
    for (const piece of pieces) content.add(piece);
    assert.ok(content.take().equals(Buffer.concat(pieces)));
  });

  it("gives back pieces that lie in one memory, or between others that are kept", () => {
    const sizes = fc.array(fc.oneof(fc.nat(1100), fc.integer({ min: 4000, max: 9000 })), { maxLength: 40 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 4 }), (list, atOnce) => {
        const content = new ContentBuffer();
        const all: Buffer[] = [];
        for (let at = 0; at < list.length; at += atOnce) {
          const lengths = list.slice(at, at + atOnce);
          const memory = Buffer.alloc(
            lengths.reduce((sum, length) => sum + length, 0),
            at + 1,
          );
          let from = 0;
          for (const length of lengths) {
            const piece = memory.subarray(from, from + length);
            from += length;
            all.push(Buffer.from(piece));
            content.add(piece);
          }
        }
        assert.ok(content.take().equals(Buffer.concat(all)));
      }),
      { numRuns: 200 },
    );
  });

  it("keeps a large piece as it is, and another one in the same memory, but not much more than it is long", () => {
    let before = 65_536;
    /** Which pieces of these lengths, which lie in one memory of this size, are kept: they change with it. */
    const kept = (size: number, ...lengths: number[]): boolean[] => {
      const content = new ContentBuffer();
      content.add(Buffer.alloc(before));
      const memory = Buffer.from(new ArrayBuffer(size));
      for (const length of lengths) content.add(memory.subarray(0, length));
      memory.fill("x");
      const taken = content.take();
      let end = before;
      return lengths.map((length) => {
        end += length;
        return taken[end - 1] !== 0;
      });
    };
    assert.deepEqual(kept(9216, 4096), [true]);
    assert.deepEqual(kept(9217, 4096), [false]);
    assert.deepEqual(kept(9000, 4095), [false]);
    assert.deepEqual(kept(16_384, 10_000, 1024, 1023, 6384), [true, true, false, true]);
    // Nothing that is kept lies in its memory.
    assert.deepEqual(kept(16_384, 6384, 10_000, 6384), [false, true, true]);
    // All of it fits into one block.
    before = 65_536 - 4096;
    assert.deepEqual(kept(4096, 4096), [false]);
    assert.deepEqual(kept(4097, 4097), [true]);
    before = 1;
    assert.deepEqual(kept(16_384, 16_384), [true]);
    assert.deepEqual(kept(16_384, 16_383), [false]);
  });

  it("takes a byte for a byte, and another one at the end", () => {
    const size = 4_000_000;
    const before = memoryInUse();
    const content = new ContentBuffer();
    for (let index = 0; index < size; index++) content.add(Buffer.allocUnsafeSlow(1));
    assert.ok(memoryInUse() - before < 1.5 * size);
    const taken = content.take();
    assert.ok(memoryInUse() - before < 2.5 * size);
    assert.equal(taken.length, size);
  });

  it("holds on to what it came in only if that is not much more", () => {
    const single = (length: number, size: number): number => {
      const content = new ContentBuffer();
      content.add(
        new Uint8Array(size).length > 0 ? Buffer.from(new ArrayBuffer(size), 0, length) : Buffer.alloc(0),
      );
      return content.take().buffer.byteLength;
    };
    assert.equal(single(2, 4000), 4000);
    assert.equal(single(50_000, 104_096), 104_096);
    assert.ok(single(50_000, 104_097) < 104_097);
    // It may be a part of the memory that small Buffers of Node share.
    assert.ok(single(2, 300_000) <= Buffer.allocUnsafe(2).buffer.byteLength);
  });
});
