import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LONG_DATA } from "../../assembly/abi.ts";
import { Copies, longestData } from "../../host/guest/wire/long-data.ts";

const SIZES = [0, 1, 65, 4097, 65_536, 65_537, 1_048_575, 1_048_576, 1_048_577];

describe("data that stay on the host", () => {
  it("are those of more than 4 KiB; of more than 64 bytes in arguments of more than 1 MiB", () => {
    assert.equal(longestData(0), LONG_DATA);
    assert.equal(longestData(1_048_576), LONG_DATA);
    assert.equal(longestData(1_048_577), 64);
  });

  it("are copied as they are, whatever came before", () => {
    const copies = new Copies();
    const given = [...SIZES, ...SIZES].map((size, index) => Buffer.alloc(size, index + 1));
    const texts = SIZES.map((size, index) => String.fromCharCode(0x40 + index, 0xe9).repeat(size));
    const taken = given.map((bytes) => copies.of(bytes, bytes));
    const encoded = texts.map((text) => copies.of(text, text));
    const expected = given.map((bytes) => Buffer.from(bytes));
    for (const bytes of given) bytes.fill(0);
    for (const [index, bytes] of taken.entries()) assert.ok(expected[index]?.equals(bytes), `${index}`);
    for (const [index, bytes] of encoded.entries())
      assert.ok(Buffer.from(texts[index] as string).equals(bytes));
  });

  it("are copied once if they are given twice", () => {
    const copies = new Copies();
    const bytes = Buffer.alloc(5000);
    assert.equal(copies.of(bytes, bytes), copies.of(bytes, bytes));
    assert.equal(
      copies.of("x".repeat(5000), "x".repeat(5000)),
      copies.of("x".repeat(5000), "x".repeat(5000)),
    );
    assert.notEqual(copies.of(bytes, bytes), copies.of(Buffer.alloc(5000), bytes));
  });

  it("are told apart if strings of one length begin and end alike", () => {
    const copies = new Copies();
    const [first, second] = ["a", "b"].map((middle) => "x".repeat(50) + middle + "x".repeat(50)) as [
      string,
      string,
    ];
    for (const text of [first, second, first]) assert.equal(String(copies.of(text, text)), text);
  });

  it("take a character of half a pair as Buffer.from does", () => {
    const text = `${"x".repeat(100)}\ud800`;
    assert.deepEqual(Buffer.from(new Copies().of(text, text)), Buffer.from(text));
  });

  it("need no more memory than there is in them, if they are few", () => {
    const text = "x".repeat(5000);
    assert.equal(new Copies().of(text, text).buffer.byteLength, 5000);
  });
});
