import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Block, Parking } from "../../host/guest/parked/parking.ts";

const SLAB = 1 << 20;

const SIZES = [0, 1, 255, 256, 257, 3000, 70_000, SLAB / 4, SLAB / 4 + 1, SLAB, SLAB + 1, 3 * SLAB];

/** Parks blocks, each filled with a number, and remembers their content. */
class Lot {
  readonly parking = new Parking();
  readonly parked = new Map<number, { block: Block; size: number }>();
  #next = 0;
  #random: number;

  constructor(seed = 1) {
    this.#random = seed;
  }

  random(below: number): number {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#random / 2 ** 32) * below);
  }

  park(size: number): number {
    const id = this.#next++;
    const block = this.parking.take(size);
    this.parked.set(id, { block, size });
    this.bytesOf(id).fill(id & 0xff);
    return id;
  }

  bytesOf(id: number): Buffer {
    const { block, size } = this.parked.get(id) as { block: Block; size: number };
    const offset = this.parking.offsetOf(block);
    return this.parking.slabOf(block).subarray(offset, offset + size);
  }

  check(id: number): void {
    const bytes = this.bytesOf(id);
    const { size } = this.parked.get(id) as { size: number };
    assert.ok(bytes.length === size && bytes.every((byte) => byte === (id & 0xff)), `${id} is another`);
  }

  resume(id: number): void {
    this.check(id);
    const { block, size } = this.parked.get(id) as { block: Block; size: number };
    this.parked.delete(id);
    this.parking.give(block, size);
  }

  /** It may have twice the size of the blocks, which are multiples of 256 bytes, and one slab. */
  checkBound(): void {
    let live = 0;
    for (const { size } of this.parked.values()) live += Math.max(256, Math.ceil(size / 256) * 256);
    assert.ok(this.parking.capacity <= 2 * live + SLAB, `${this.parking.capacity} for ${live}`);
  }

  /** Parks a block in `parks` of ten cases; otherwise resumes one. */
  step(parks: number): void {
    const ids = [...this.parked.keys()];
    if (ids.length === 0 || this.random(10) < parks) {
      this.park(this.random(4) === 0 ? (SIZES[this.random(SIZES.length)] ?? 0) : this.random(9000));
    } else {
      this.resume(ids[this.random(ids.length)] as number);
    }
  }

  checkAll(): void {
    for (const id of this.parked.keys()) this.check(id);
    this.checkBound();
  }
}

describe("parking", () => {
  it("gives back what a burst needed while some of it is parked still, wherever that is", () => {
    const lot = new Lot();
    for (let i = 0; i < 40_000; i++) lot.park(4096);
    assert.ok(lot.parking.capacity >= 156 * SLAB);
    for (const id of [...lot.parked.keys()]) if (id % 27 !== 0) lot.resume(id);
    assert.equal(lot.parked.size, 1482);
    lot.checkAll();
  });

  it("keeps its bound after every step, and every byte, whatever the sizes and the order", () => {
    for (let seed = 1; seed <= 4; seed++) {
      const lot = new Lot(seed);
      for (let step = 0; step < 3000; step++) {
        lot.step(step % 1000 < 600 ? 7 : 3);
        lot.checkBound();
      }
      lot.checkAll();
    }
  });

  it("moves no block while calls of one size come and go", () => {
    const lot = new Lot();
    const staying = lot.park(2000);
    const slab = lot.bytesOf(staying).buffer;
    for (let i = 0; i < 20_000; i++) lot.resume(lot.park(2000 + (i % 40)));
    assert.equal(lot.bytesOf(staying).buffer, slab);
    assert.equal(lot.parking.capacity, SLAB);
  });

  it("keeps one slab when nobody is parked", () => {
    const lot = new Lot();
    for (let i = 0; i < 5000; i++) lot.park(1000);
    for (const id of [...lot.parked.keys()]) lot.resume(id);
    assert.equal(lot.parking.capacity, SLAB);
    lot.resume(lot.park(5 * SLAB));
    assert.equal(lot.parking.capacity, SLAB);
  });

  it("begins at the start of its slab again when nobody is parked", () => {
    const { parking } = new Lot();
    const [first, second] = [parking.take(1000), parking.take(2000)];
    assert.equal(parking.offsetOf(second), 1024);
    parking.give(first, 1000);
    parking.give(second, 2000);
    assert.equal(parking.offsetOf(parking.take(3000)), 0);
    assert.equal(parking.offsetOf(parking.take(1000)), 3072);
  });

  it("stays as it was when there is no memory", (context) => {
    const lot = new Lot();
    for (let i = 0; i < 2000; i++) lot.park(1000);
    const refuse = (): never => {
      throw new RangeError("Array buffer allocation failed");
    };
    const { mock } = context.mock.method(Buffer, "allocUnsafeSlow", refuse);
    assert.throws(() => lot.parking.take(2 * SLAB), RangeError);
    for (const id of [...lot.parked.keys()]) if (id % 10 !== 0) lot.resume(id);
    for (const id of lot.parked.keys()) lot.check(id);
    mock.restore();
    lot.park(1000);
    lot.checkAll();
  });
});
