import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ExtData, encode } from "@msgpack/msgpack";
import { MAX_DEPTH, MAX_VALUES } from "../../assembly/abi.ts";
import { Extension, MessagePackReader, readMessagePack } from "../../host/guest/wire/message-pack-reader.ts";

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");
const nested = (depth: number): Buffer => Buffer.concat([Buffer.alloc(depth, 0x91), hex("c0")]);

function lists(count: number): Buffer {
  const head = hex("dd 00000000");
  head.writeUInt32BE(count, 1);
  return Buffer.concat([head, Buffer.alloc(count, 0x90)]);
}

// biome-ignore format: a row for each value
const VALUES: readonly (readonly [bytes: string, value: unknown])[] = [
  ["c0", null], ["c2", false], ["c3", true],
  ["00", 0], ["7f", 127], ["e0", -32], ["ff", -1],
  ["cc ff", 255], ["cd fffe", 65_534], ["ce fffffffe", 4_294_967_294], ["cf 0000000100000002", 2 ** 32 + 2],
  ["d0 80", -128], ["d1 8000", -32_768], ["d2 80000000", -(2 ** 31)], ["d3 ffffffff00000000", -(2 ** 32)],
  ["ca 3fc00000", 1.5], ["cb 8000000000000000", -0], ["cb 7ff8000000000000", Number.NaN],
  ["a0", ""], ["a1 61", "a"], ["d9 02 c3a9", "é"], ["da 0001 ff", "\ufffd"], ["db 00000003 efbbbf", "\ufeff"],
  ["c4 01 61", Buffer.from("a")], ["c5 0000", Buffer.alloc(0)], ["c6 00000002 ff00", hex("ff00")],
  ["90", []], ["92 01 a1 62", [1, "b"]], ["dc 0001 c0", [null]], ["dd 00000001 90", [[]]],
  ["80", {}], ["82 a1 61 01 a0 02", { a: 1, "": 2 }], ["de 0001 a1 61 80", { a: {} }], ["df 00000000", {}],
  ["82 a1 61 01 a1 61 02", { a: 2 }],
  ["d4 05 01", new Extension(5, hex("01"))], ["d5 ff 0102", new Extension(255, hex("0102"))],
  ["d6 01 01020304", new Extension(1, hex("01020304"))], ["c7 00 02", new Extension(2, hex(""))],
  ["c8 0001 03 ff", new Extension(3, hex("ff"))], ["c9 00000001 04 00", new Extension(4, hex("00"))],
];

const MALFORMED: readonly (readonly [bytes: string, why: RegExp])[] = [
  ["", /end within/],
  ["c1", /begins no value/],
  ["c0 c0", /more than one/],
  ["91", /end within/],
  ["c4 02 61", /end within/],
  ["cd 00", /end within/],
  ["cb 0000", /end within/],
  ["dd ffffffff", /end within/],
  ["df ffffffff", /end within/],
  ["db ffffffff", /end within/],
  ["c9 ffffffff 01", /end within/],
  ["81 01 01", /key is no name/],
  ["81 c4 01 61 01", /key is no name/],
  ["81 90 01", /key is no name/],
  [`81 a9 ${Buffer.from("__proto__").toString("hex")} 80`, /key is no name/],
];

describe("a record of MessagePack", () => {
  for (const [bytes, value] of VALUES) {
    it(`${bytes} is ${String(JSON.stringify(value)).slice(0, 40)}`, () => {
      assert.deepEqual(readMessagePack(hex(bytes)), value);
    });
  }

  for (const [bytes, why] of MALFORMED) {
    it(`${bytes || "nothing"} is malformed`, () => {
      assert.throws(() => readMessagePack(hex(bytes)), { name: "RangeError", message: why });
    });
  }

  it("is read from any part of a buffer", () => {
    const part = new Uint8Array(hex("00 a1 61 00")).subarray(1, 3);
    assert.equal(readMessagePack(part), "a");
  });

  it("has names and texts of any length, again and again", () => {
    const names = Array.from({ length: 300 }, (_, index) =>
      `${"n".repeat(index % 50)}${index}é`.slice(0, -1),
    );
    const value = Object.fromEntries(names.map((name) => [name, `${name}ü`]));
    for (let round = 0; round < 2; round++) assert.deepEqual(readMessagePack(encode(value)), value);
  });

  it("has names that differ in one character only", () => {
    const names = ["status", "statvs", "stätus", "atatus", "status\0", "STATUS"];
    for (const name of [...names, ...names]) assert.equal(readMessagePack(encode(name)), name);
  });

  it("may be nested to the limit, and not deeper", () => {
    assert.deepEqual(readMessagePack(nested(1)), [null]);
    readMessagePack(nested(MAX_DEPTH));
    assert.throws(() => readMessagePack(nested(MAX_DEPTH + 1)), /nested too deeply/);
    assert.throws(() => readMessagePack(Buffer.alloc(1 << 20, 0x81)), /nested too deeply/);
  });

  it("may have as many values as the limit says, and not more", () => {
    const most = 16 * MAX_VALUES;
    assert.equal((readMessagePack(lists(most - 1)) as unknown[]).length, most - 1);
    assert.throws(() => readMessagePack(lists(most)), /too many values/);
  });

  it("takes the memory that its bytes need, whatever lengths they announce", () => {
    const heads = Buffer.concat([hex("dd ffffffff"), Buffer.alloc(8, 0xc0)]);
    const before = process.memoryUsage().heapUsed;
    for (let left = 1000; left > 0; left--) assert.throws(() => readMessagePack(heads), RangeError);
    assert.ok(process.memoryUsage().heapUsed - before < 64 << 20);
  });

  it("is what the library writes", () => {
    const value = { a: [1, -1.5, "x", null, { b: true }], c: 2 ** 40 };
    assert.deepEqual(readMessagePack(encode(value)), value);
    assert.deepEqual(readMessagePack(encode(new ExtData(7, hex("0102")))), new Extension(7, hex("0102")));
  });
});

describe("a part of bytes that is read value by value", () => {
  /** Reads these bytes, which lie between others. */
  const readerOf = (text: string): MessagePackReader => {
    const bytes = hex(text);
    return new MessagePackReader(Buffer.concat([hex("c1c1"), bytes, hex("c1")]), 2, 2 + bytes.length);
  };

  it("gives the keys and the values of a map", () => {
    const reader = readerOf(
      "84 a161 c40161 a162 a2c3a9 a163 c70c01 0700000000000000 00000000 a164 92c40101 c3",
    );
    assert.equal(reader.enterMap(), 4);
    assert.deepEqual([reader.readKey(), reader.readName()], ["a", "a"]);
    assert.deepEqual([reader.readKey(), reader.readLatin1()], ["b", "\u00c3\u00a9"]);
    assert.deepEqual([reader.readKey(), reader.readHandle(1)], ["c", 7]);
    assert.deepEqual([reader.readKey(), reader.read()], ["d", [hex("01"), true]]);
    reader.finish();
  });

  it("has heads of every size", () => {
    for (const head of ["82", "de0002", "df00000002"]) assert.equal(readerOf(head).enterMap(), 2);
    for (const head of ["a1", "c401", "c50001", "c600000001", "d901", "da0001", "db00000001"]) {
      assert.equal(readerOf(`${head} 78`).readName(), "x");
      assert.equal(readerOf(`${head} 78`).readLatin1(), "x");
    }
    for (const head of ["d6 02", "c704 02", "c80004 02", "c900000004 02"])
      assert.equal(readerOf(`${head} 05000000`).readHandle(2), 5);
  });

  it("keeps no view of the bytes", () => {
    const bytes = hex("81 a161 c402 0102");
    const reader = new MessagePackReader(bytes, 0, bytes.length);
    reader.enterMap();
    reader.readKey();
    const value = reader.read();
    bytes.fill(0);
    assert.deepEqual(value, hex("0102"));
  });

  it("ends where the part ends, and is refused if it is something else", () => {
    for (const [bytes, read] of [
      ["de", (reader) => reader.enterMap()],
      ["90", (reader) => reader.enterMap()],
      ["a2 61", (reader) => reader.readName()],
      ["01", (reader) => reader.readLatin1()],
      ["c0", (reader) => reader.readName()],
      ["a9 5f5f70726f746f5f5f", (reader) => reader.readKey()],
      ["d6 02 01000000", (reader) => reader.readHandle(1)],
      ["d5 01 0100", (reader) => reader.readHandle(1)],
      ["a1 61", (reader) => reader.readHandle(1)],
      ["d6 01 010000", (reader) => reader.readHandle(1)],
      ["c40201", (reader) => reader.read()],
      ["c0", (reader) => reader.finish()],
    ] as readonly (readonly [string, (reader: MessagePackReader) => unknown])[]) {
      assert.throws(() => read(readerOf(bytes)), /^(Range|Type)Error/, bytes);
    }
  });
});
