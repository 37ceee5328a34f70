import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ArenaImage } from "../../host/guest/parked/arena-image.ts";
import { GuestMemory } from "../../host/guest/parked/memory.ts";
import { UnwindArea, UnwindOverflow } from "../../host/guest/parked/unwind-area.ts";

const PAGE = 65_536;

function makeMemory(pages = 1): { own: WebAssembly.Memory; memory: GuestMemory } {
  const own = new WebAssembly.Memory({ initial: pages });
  return { own, memory: new GuestMemory(own) };
}

describe("the memory of a guest", () => {
  it("is read and written to its last byte, and not beyond", () => {
    const { memory } = makeMemory();
    const bytes = Buffer.from("1234");
    memory.write(PAGE - 4, bytes);
    assert.deepEqual(memory.at(PAGE - 4, 4), bytes);
    assert.deepEqual(memory.copy(PAGE - 4, 4), bytes);
    assert.equal(memory.at(PAGE, 0).length, 0);
    memory.writeU32(PAGE - 4, 0xfedcba98);
    assert.equal(memory.readU32(PAGE - 4), 0xfedcba98);
    for (const ptr of [PAGE - 3, PAGE, 2 ** 31, -1, -4, 2 ** 32 - 4]) {
      assert.throws(() => memory.at(ptr, 4), RangeError, `${ptr}`);
      assert.throws(() => memory.copy(ptr, 4), RangeError);
      assert.throws(() => memory.write(ptr, bytes), RangeError);
      assert.throws(() => memory.readU32(ptr), RangeError);
      assert.throws(() => memory.writeU32(ptr, 1), RangeError);
    }
    for (const length of [PAGE + 1, -1, 2 ** 31]) assert.throws(() => memory.at(0, length), RangeError);
    assert.throws(() => memory.at(PAGE - 3, 4), {
      message: `the guest gave 4 bytes at ${PAGE - 3} of a memory of ${PAGE}`,
    });
  });

  it("keeps a copy, and a view is no copy", () => {
    const { memory } = makeMemory();
    const [copy, view] = [memory.copy(8, 2), memory.at(8, 2)];
    memory.write(8, Buffer.from("ab"));
    assert.deepEqual([copy.toString("hex"), view.toString()], ["0000", "ab"]);
    const taken = Buffer.alloc(2);
    assert.equal(
      memory.copy(8, 2, () => taken),
      taken,
    );
    assert.equal(taken.toString(), "ab");
  });

  it("takes records: their length, then their bytes", () => {
    const { memory } = makeMemory();
    memory.writeRecord(16, Buffer.from("hello"));
    assert.equal(memory.readU32(16), 5);
    assert.deepEqual(memory.at(20, 5), Buffer.from("hello"));
    assert.deepEqual(memory.copyRecord(16), Buffer.from("hello"));
    assert.throws(() => memory.writeRecord(PAGE - 8, Buffer.from("hello")), RangeError);
    memory.writeU32(PAGE - 8, 5);
    assert.throws(() => memory.copyRecord(PAGE - 8), RangeError);
  });

  it("gives the place of bytes and of records, checked, to a function that reads them", () => {
    const { memory } = makeMemory();
    const placeOf = (_bytes: Buffer, start: number, end: number): number[] => [start, end];
    assert.deepEqual(memory.read(PAGE - 4, 4, placeOf), [PAGE - 4, PAGE]);
    assert.equal(
      memory.read(0, 1, (bytes) => bytes),
      memory.bytes,
    );
    for (const [ptr, length] of [
      [PAGE - 3, 4],
      [0, PAGE + 1],
      [-1, 1],
      [0, -1],
    ] as const)
      assert.throws(() => memory.read(ptr, length, placeOf), RangeError);
    memory.writeRecord(PAGE - 16, Buffer.from("he"), Buffer.alloc(0), Buffer.from("llo"));
    assert.deepEqual(memory.readRecord(PAGE - 16, placeOf), [PAGE - 12, PAGE - 7]);
    assert.equal(memory.at(PAGE - 12, 5).toString(), "hello");
    memory.writeU32(PAGE - 8, 5);
    assert.throws(() => memory.readRecord(PAGE - 8, placeOf), RangeError);
  });

  it("takes parts one behind the other, and only where there is memory", () => {
    const { memory } = makeMemory();
    assert.equal(memory.writeParts(10, [Buffer.from("ab"), Buffer.from("c")]), 13);
    assert.equal(memory.at(9, 5).toString(), "\0abc\0");
    assert.equal(memory.writeParts(10, []), 10);
    // A pointer of the guest is signed here.
    assert.equal(memory.writeParts(-1, []), 2 ** 32 - 1);
    assert.throws(() => memory.writeParts(PAGE - 3, [Buffer.from("ab"), Buffer.from("cd")]), RangeError);
    assert.throws(() => memory.writeRecord(-8, Buffer.of(1)), RangeError);
    assert.throws(() => memory.copyRecord(-4), RangeError);
  });

  it("is seen as words", () => {
    const { memory } = makeMemory();
    memory.writeU32(8, 0x01020304);
    assert.deepEqual([memory.words.length, memory.words[2]], [PAGE / 4, 0x01020304]);
  });

  const uses: Record<string, (memory: GuestMemory) => unknown> = {
    bytes: (memory) => memory.bytes[PAGE],
    words: (memory) => memory.words[PAGE / 4],
    readU32: (memory) => memory.readU32(PAGE),
    writeU32: (memory) => memory.writeU32(PAGE, 0) ?? memory.readU32(PAGE),
    at: (memory) => memory.at(PAGE, 1)[0],
    copy: (memory) => memory.copy(PAGE, 1)[0],
    write: (memory) => memory.write(PAGE, Buffer.of(0)) ?? memory.bytes[PAGE],
  };
  for (const [name, use] of Object.entries(uses)) {
    it(`is seen whole after it has grown, by ${name}`, () => {
      const { own, memory } = makeMemory();
      own.grow(1);
      assert.equal(use(memory), 0);
    });
  }

  it("grows to a size in whole pages, and never shrinks", () => {
    const { memory } = makeMemory();
    for (const [size, expected] of [
      [1, PAGE],
      [PAGE, PAGE],
      [PAGE + 1, 2 * PAGE],
      [3 * PAGE, 3 * PAGE],
      [4 * PAGE + 1, 5 * PAGE],
      [PAGE, 5 * PAGE],
    ] as const) {
      memory.growTo(size);
      assert.equal(memory.bytes.length, expected);
    }
  });
});

describe("the image of an arena", () => {
  it("is made of zeros from its start to its top, and nothing else changes", () => {
    const { memory } = makeMemory();
    memory.bytes.fill(1);
    const top = { value: 1000 } as WebAssembly.Global<"i32">;
    const image = new ArenaImage(memory, top);
    top.value = 2000;
    image.reset();
    const zeros = memory.bytes.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
    assert.deepEqual([memory.bytes[999], memory.bytes[1000], zeros], [1, 0, 1000]);
    // The engine gives addresses of more than 2 GiB as negative numbers.
    top.value = -1;
    image.reset();
    assert.ok(memory.bytes.subarray(1000).every((byte) => byte === 0));
  });
});

describe("the area for the frames of a suspended guest", () => {
  it("begins empty, whatever was there, and changes no other byte", () => {
    const { memory } = makeMemory();
    memory.bytes.fill(9);
    const area = new UnwindArea(memory, 100, 50);
    assert.deepEqual([area.ptr, area.base, area.used], [100, 108, 0]);
    assert.deepEqual([memory.readU32(100), memory.readU32(104)], [108, 150]);
    assert.ok(memory.at(108, 42).every((byte) => byte === 0));
    assert.deepEqual([memory.bytes[99], memory.bytes[150]], [9, 9]);
    area.used = 12;
    assert.deepEqual([area.used, memory.readU32(100)], [12, 120]);
  });

  it("may be full, and not fuller", () => {
    const { memory } = makeMemory();
    const area = new UnwindArea(memory, 100, 50);
    for (const used of [0, 1, 42]) {
      area.used = used;
      area.checkOverflow();
    }
    for (const used of [43, -1]) {
      area.used = used;
      assert.throws(() => area.checkOverflow(), UnwindOverflow);
    }
  });
});
