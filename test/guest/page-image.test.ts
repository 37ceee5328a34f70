import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
