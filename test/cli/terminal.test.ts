import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatJson } from "../../host/cli/result.ts";
import { ForeignWriter, writeForeign } from "../../host/cli/terminal.ts";

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

  it("commands no terminal in pieces, and loses no character between them", () => {
    const bytes = Buffer.from("é\u009b31m€\x1b😀\n");
    for (let size = 1; size <= bytes.length; size++) {
      for (const isTTY of [true, false]) {
        const chunks: Buffer[] = [];
        const writer = new ForeignWriter({
          isTTY,
          write: (chunk) => chunks.push(Buffer.from(chunk as string)),
        });
        for (let at = 0; at < bytes.length; at += size) writer.write(bytes.subarray(at, at + size));
        writer.write(Buffer.from([0xe2, 0x82]));
        writer.end();
        const expected = isTTY
          ? "é\\x9b31m€\\x1b😀\n\ufffd"
          : Buffer.concat([bytes, Buffer.from([0xe2, 0x82])]);
        assert.deepEqual(Buffer.concat(chunks), Buffer.from(expected), `${size}`);
      }
    }
  });

  it("commands no terminal as JSON, which stays the same value", () => {
    const all = Array.from({ length: 0x100 }, (_, code) => String.fromCharCode(code)).join("");
    assert.doesNotMatch(formatJson({ all }), /\p{Cc}/u);
    assert.deepEqual(JSON.parse(formatJson({ all })), { all });
  });
});
