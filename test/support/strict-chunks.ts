import assert from "node:assert/strict";

/** The content of chunks that follow RFC 9112 §7.1, without extensions and trailers. */
export function decodeStrictly(text: string): string {
  let content = "";
  for (let at = 0; ; ) {
    const [line = "", digits = ""] = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20)) ?? [];
    const size = Number.parseInt(digits, 16);
    const next = at + line.length + size + 2;
    assert.equal(text.slice(next - 2, next), "\r\n");
    if (size === 0) {
      assert.equal(next, text.length);
      return content;
    }
    content += text.slice(at + line.length, next - 2);
    at = next;
  }
}
