import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { trimBlanks, trimSpaces } from "../../../host/network/transfer/trim.ts";

describe("trimming", () => {
  it("takes white space off both ends, and leaves the middle", () => {
    assert.equal(trimSpaces(" \t\r\n\v\fa \t b\f\v\n\r\t "), "a \t b");
    assert.equal(trimBlanks(" \ta \t b\t "), "a \t b");
    assert.equal(trimBlanks("\na\r"), "\na\r");
    for (const trim of [trimSpaces, trimBlanks])
      assert.deepEqual([trim(""), trim(" "), trim("a")], ["", "", "a"]);
  });

  it("leaves bytes of UTF-8 that look like spaces of Unicode", () => {
    assert.equal(trimSpaces("\xa0a\x85"), "\xa0a\x85");
  });

  it("takes no longer for blanks in the middle than for anything else", () => {
    const text = `a${" ".repeat(4_000_000)}b`;
    const started = performance.now();
    assert.equal(trimSpaces(text), text);
    assert.equal(trimBlanks(text), text);
    assert.ok(performance.now() - started < 1000);
  });
});
