import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { writeForeign } from "../../host/cli/terminal.ts";

function written(content: string | Uint8Array, isTTY: boolean): Buffer {
  const chunks: Buffer[] = [];
  writeForeign({ isTTY, write: (chunk) => chunks.push(Buffer.from(chunk as string)) }, content);
  return Buffer.concat(chunks);
}

describe("what others say", () => {
  it("commands no terminal, by any control character", () => {
    for (let code = 0; code < 0xa0; code++) {
      const character = String.fromCharCode(code);
      const isText = character === "\n" || character === "\t" || (code >= 0x20 && code < 0x7f);
      const shown = isText ? character : `\\x${code.toString(16).padStart(2, "0")}`;
      assert.equal(written(`a${character}b`, true).toString(), `a${shown}b`);
      assert.equal(written(Buffer.from(`a${character}b`), true).toString(), `a${shown}b`);
    }
    assert.equal(written("Grüße\u{1f600}\n", true).toString(), "Grüße\u{1f600}\n");
  });

  it("commands no terminal by bytes that are no text", () => {
    assert.equal(written(Buffer.from([0x61, 0x9b, 0x33, 0x31, 0x6d]), true).toString(), "a\ufffd31m");
  });

  it("goes to a file or a pipe byte for byte", () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    assert.deepEqual(written(bytes, false), bytes);
    assert.equal(written("\x1b[31m\r", false).toString(), "\x1b[31m\r");
  });
});
