import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readString } from "../../host/guest/parked/guest-string.ts";
import { GuestMemory } from "../../host/guest/parked/memory.ts";

const PAGE = 65_536;

describe("a string of a guest", () => {
  const memory = new GuestMemory(new WebAssembly.Memory({ initial: 1 }));
  const put = (text: string, ptr: number, size = 2 * text.length): void => {
    memory.write(ptr, Buffer.from(text, "utf16le"));
    memory.writeU32(ptr - 4, size);
  };

  it("has its size before it", () => {
    put("grüße", 100);
    assert.equal(readString(memory, 100), "grüße");
    put("abc", 200, 5);
    assert.equal(readString(memory, 200), "ab");
  });

  it("is cut off, and has no control characters", () => {
    put("a".repeat(3000), 1000);
    assert.equal(readString(memory, 1000), "a".repeat(2048));
    put("a\u001b\u0007b\u009bc", 300);
    assert.equal(readString(memory, 300), "a b c");
  });

  it("is empty if there cannot be one", () => {
    for (const ptr of [0, PAGE, PAGE + 2, -1]) assert.equal(readString(memory, ptr), "");
    assert.equal(readString(undefined, 100), "");
    memory.writeU32(PAGE - 8, 100);
    assert.equal(readString(memory, PAGE - 4), "");
  });
});
