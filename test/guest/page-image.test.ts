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
  for (const step of [3, 1000, 70_000]) {
    for (const enough of [0, 10, 1000, Number.POSITIVE_INFINITY]) {
      it(`saves all of what differs, also after a search that ended early (${step}, ${enough})`, () => {
        const world = new World();
        const parking = new Parking();
        const dirty = world.dirty(step);
        const size = world.image.dirtySize(enough);
        const parked = world.image.save(parking);
        assert.ok(size > enough ? size <= parked.size : size === parked.size, `${size} of ${parked.size}`);
        world.image.reset();
        assert.ok(world.memory.bytes.equals(world.pristine));
        world.image.restore(parking, parked);
        assert.ok(world.memory.bytes.equals(dirty));
        assert.equal(world.image.dirtySize(), parked.size);
      });
    }
  }

  it("is reset after a search that ended early, and after another image's", () => {
    const [one, other] = [new World(), new World()];
    const parking = new Parking();
    one.dirty(3);
    assert.ok(one.image.dirtySize(100) > 100);
    const dirty = other.dirty(500);
    other.image.dirtySize();
    one.image.reset();
    assert.ok(one.memory.bytes.equals(one.pristine));
    const parked = other.image.save(parking);
    one.dirty(3);
    one.image.dirtySize(100);
    other.image.reset();
    assert.ok(other.memory.bytes.equals(other.pristine));
    other.image.restore(parking, parked);
    assert.ok(other.memory.bytes.equals(dirty));
  });

  it("does not look at all of a memory of which there is more than enough", () => {
    const world = new World();
    world.dirty(1);
    assert.ok(world.image.dirtySize(1000) < 20_000);
  });
});
