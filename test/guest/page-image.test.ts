import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { borrowBytes } from "../../host/guest/parked/found-pages.ts";
import { GuestMemory } from "../../host/guest/parked/memory.ts";
import { PageImage } from "../../host/guest/parked/page-image.ts";
import { Parking } from "../../host/guest/parked/parking.ts";

const PAGES = 8;

/** A memory that begins with some bytes, and its image. */
class World {
  readonly memory = new GuestMemory(new WebAssembly.Memory({ initial: PAGES }));
  readonly pristine: Buffer;
  readonly image: PageImage;

  constructor() {
    this.memory.bytes.fill(7, 1000, 3000);
    this.pristine = Buffer.from(this.memory.bytes);
    this.image = new PageImage(this.memory, PageImage.trim(this.memory.bytes));
  }

  /** Changes bytes all over the memory. */
  dirty(step: number): Buffer {
    const { bytes } = this.memory;
    for (let at = step; at < bytes.length; at += step) bytes[at] = (at % 255) + 1;
    return Buffer.from(bytes);
  }
}

describe("the image of pages", () => {
  for (const step of [1, 3, 1000, 70_000]) {
    it(`saves all of what differs (${step})`, () => {
      const world = new World();
      const parking = new Parking();
      const dirty = world.dirty(step);
      const parked = world.image.save(parking);
      world.image.reset();
      assert.ok(world.memory.bytes.equals(world.pristine));
      world.image.restore(parking, parked);
      assert.ok(world.memory.bytes.equals(dirty));
      assert.equal(world.image.save(parking).size, parked.size);
    });
  }

  for (const [places, size] of [
    [[], 0],
    // The number, which masks there are, a mask, the size of the word, and the word.
    [[300_000], 2 + 1 + 1 + 1 + 1],
    // 300,000 and 300,003 are in one word.
    [[300_000, 300_003, 300_004], 2 + 1 + 1 + 1 + 5],
    [[300_000, 300_256], 6 + 5],
  ] as const) {
    it(`saves nothing else, in few bytes (${places})`, () => {
      const world = new World();
      for (const place of places) world.memory.bytes[place] = 9;
      assert.equal(world.image.save(new Parking()).size, size);
      assert.equal(world.image.read().bytes.length, size);
    });
  }

  for (const how of ["save", "read"] as const) {
    it(`undoes only what it has found, if nothing was found since: ${how}`, () => {
      const world = new World();
      world.memory.bytes[70_000] = 9;
      if (how === "save") world.image.save(new Parking());
      else world.image.read();
      // A guest would run before it changes anything, and then it is searched again.
      world.memory.bytes[300_000] = 9;
      world.image.reset();
      assert.deepEqual([world.memory.bytes[70_000], world.memory.bytes[300_000]], [0, 9]);
      world.image.reset();
      assert.ok(world.memory.bytes.equals(world.pristine));
    });
  }

  it("is reset after it was restored, and after another image's search", () => {
    const [one, other] = [new World(), new World()];
    const parking = new Parking();
    one.dirty(3);
    one.image.save(parking);
    const dirty = other.dirty(500);
    const parked = other.image.save(parking);
    one.image.reset();
    assert.ok(one.memory.bytes.equals(one.pristine));
    other.image.reset();
    assert.ok(other.memory.bytes.equals(other.pristine));
    other.image.restore(parking, parked);
    assert.ok(other.memory.bytes.equals(dirty));
    other.dirty(3);
    other.image.reset();
    assert.ok(other.memory.bytes.equals(other.pristine));
  });
});

describe("the difference of a memory, in one piece", () => {
  it("is valid until the next search, and can be put back from memory that is lent", () => {
    const world = new World();
    const dirty = world.dirty(3);
    const { bytes, memorySize } = world.image.read();
    assert.equal(memorySize, dirty.length);
    const kept = Uint8Array.from(bytes);
    world.image.reset();
    assert.ok(world.memory.bytes.equals(world.pristine));
    const lent = borrowBytes(kept.length);
    lent.set(kept);
    world.image.write({ bytes: lent, memorySize });
    assert.ok(world.memory.bytes.equals(dirty));
    world.image.reset();
    assert.ok(world.memory.bytes.equals(world.pristine));
  });

  for (const step of [1, 3, 1000]) {
    it(`can be put back from memory that was lent before another difference became pristine: ${step}`, () => {
      const [world, other] = [new World(), new World()];
      const dirty = world.dirty(step);
      const { bytes, memorySize } = world.image.read();
      const kept = Uint8Array.from(bytes);
      world.image.reset();
      other.dirty(2);
      const large = Buffer.from(Uint8Array.from(other.image.read().bytes).buffer);
      other.dirty(5000);
      const small = Buffer.from(Uint8Array.from(other.image.read().bytes).buffer);
      for (const image of [large, small, undefined]) {
        const lent = borrowBytes(kept.length);
        lent.set(kept);
        other.image.rebase(image);
        world.image.write({ bytes: lent, memorySize });
        assert.ok(world.memory.bytes.equals(dirty));
        world.image.reset();
      }
    });
  }

  it("is reset as a whole if memory was lent after it was found", () => {
    const world = new World();
    world.dirty(1000);
    world.image.read();
    borrowBytes(4).fill(255);
    world.image.reset();
    assert.ok(world.memory.bytes.equals(world.pristine));
  });

  it("grows the memory to what it was", () => {
    const world = new World();
    world.image.write({ bytes: new Uint8Array(0), memorySize: (PAGES + 2) * 65_536 });
    assert.equal(world.memory.bytes.length, (PAGES + 2) * 65_536);
  });
});

const STEP = 16_384;

describe("what is pristine", () => {
  it("is kept without the zeros at its end, in large steps", () => {
    const memory = Buffer.alloc(4 * STEP);
    assert.equal(PageImage.trim(memory).length, 0);
    for (const [last, size] of [
      [0, STEP],
      [STEP - 1, STEP],
      [STEP, 2 * STEP],
      [4 * STEP - 1, 4 * STEP],
    ] as const) {
      memory.fill(0)[last] = 1;
      const copy = PageImage.trim(memory);
      assert.equal(copy.length, size);
      assert.ok(copy.equals(memory.subarray(0, size)));
      assert.notEqual(copy.buffer, memory.buffer);
    }
  });

  for (const [dead, size] of [
    [0, 0],
    [STEP - 1, 0],
    [STEP, STEP],
    [STEP + 1, STEP],
    [2 * STEP, 2 * STEP],
  ] as const) {
    it(`is zero in the whole steps at the beginning that no guest needs: ${dead} bytes`, () => {
      const memory = new GuestMemory(new WebAssembly.Memory({ initial: 1 }));
      const image = new PageImage(memory, PageImage.trim(memory.bytes), dead);
      const parking = new Parking();
      memory.bytes.fill(1);
      const parked = image.save(parking);
      const zeros = (): number => memory.bytes.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
      assert.equal(zeros(), size);
      assert.equal(memory.bytes[size], 1);
      image.reset();
      assert.equal(zeros(), memory.bytes.length);
      memory.bytes.fill(2, 0, size);
      image.reset();
      assert.equal(zeros(), memory.bytes.length);
      image.restore(parking, parked);
      assert.equal(zeros(), size);
    });
  }

  it("can have a difference as a part, another one, and none again", () => {
    const world = new World();
    const parking = new Parking();
    const takeDifference = (step: number): [dirty: Buffer, difference: Buffer] => {
      const dirty = world.dirty(step);
      const difference = Buffer.from(Uint8Array.from(world.image.read().bytes).buffer);
      world.image.reset();
      return [dirty, difference];
    };
    const isNow = (expected: Buffer): void => {
      assert.ok(world.memory.bytes.equals(expected));
      world.image.reset();
      assert.ok(world.memory.bytes.equals(expected));
      assert.equal(world.image.read().bytes.length, 0);
      world.image.reset();
    };
    const [large, ofLarge] = takeDifference(1000);
    const [small, ofSmall] = takeDifference(200_000);
    for (const [dirty, difference] of [
      [large, ofLarge],
      [small, ofSmall],
      [world.pristine, undefined],
      [small, ofSmall],
      [large, ofLarge],
    ] as const) {
      world.image.rebase(difference);
      isNow(dirty);
      world.memory.bytes[70_001] = 99;
      const parked = world.image.save(parking);
      assert.ok(parked.size <= 9, `${parked.size}`);
      const changed = Buffer.from(world.memory.bytes);
      world.image.reset();
      isNow(dirty);
      world.image.restore(parking, parked);
      assert.ok(world.memory.bytes.equals(changed));
      world.image.reset();
      isNow(dirty);
    }
  });

  it("has a difference in the memory of one image, and not in that of others of its module", () => {
    const memories = [1, 2].map(() => new GuestMemory(new WebAssembly.Memory({ initial: 1 })));
    const [one, other] = memories as [GuestMemory, GuestMemory];
    one.bytes[5] = 1;
    other.bytes[5] = 1;
    const pristine = PageImage.trim(one.bytes);
    const [image, another] = [new PageImage(one, pristine), new PageImage(other, pristine)];
    one.bytes[5] = 2;
    one.bytes[PAGES] = 3;
    const difference = Buffer.from(Uint8Array.from(image.read().bytes).buffer);
    image.reset();
    image.rebase(difference);
    another.reset();
    assert.deepEqual([one.bytes[5], other.bytes[5]], [2, 1]);
    image.rebase(undefined);
    image.reset();
    assert.deepEqual([one.bytes[5], one.bytes[PAGES]], [1, 0]);
  });
});
