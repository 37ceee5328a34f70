import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findValue, trimBlanks, trimSpaces } from "../../../host/network/transfer/header-fields.ts";

describe("trimBlanks", () => {
  it("takes ASCII's blanks off both ends, and nothing else", () => {
    for (const [text, trimmed] of [
      ["", ""],
      [" \t\r\n\v\f", ""],
      [" a b\r\n", "a b"],
      ["\xa0a\x85", "\xa0a\x85"],
      ["\0 a", "\0 a"],
    ] as const)
      assert.equal(trimBlanks(text), trimmed, JSON.stringify(text));
    assert.equal(trimSpaces(" \ta\r "), "a\r");
  });

  it("takes the time that the text is long", () => {
    const text = `a${" ".repeat(1_000_000)}b`;
    const before = process.cpuUsage();
    assert.equal(trimBlanks(text), text);
    assert.equal(trimSpaces(text), text);
    assert.equal(findValue([Buffer.from("x"), Buffer.from(text)], "x"), text);
    assert.ok(process.cpuUsage(before).user < 1_000_000);
  });
});
