import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GuestMemory } from "../../host/guest/parked/memory.ts";
import { borrowBytes, PageImage } from "../../host/guest/parked/page-image.ts";
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
