import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ChunkFilter } from "../../../host/network/http1/chunk-filter.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";

/** What the parser gets, chunk by chunk and together. */
function filter(...inputs: string[]): string {
  const chunks = new ChunkFilter();
  return inputs.map((input) => chunks.pass(Buffer.from(input, "latin1")).toString("latin1")).join("");
}

describe("ChunkFilter", () => {
  it("hands over what is fine as it is, without a copy", () => {
    const chunks = new ChunkFilter();
    for (const text of ["2\r\nok\r\n", "000A\r\n01234", "56789", "\r\n0\r\n\r\n", "more"]) {
      const input = Buffer.from(text);
      assert.equal(chunks.pass(input), input, text);
    }
  });

  it("repairs what is odd", () => {
    const table: [string, string][] = [
      ["2\nok\n0\n\n", "2\r\nok\r\n0\r\n\r\n"],
      ["2;a=b\r\nok\r\n0\r\n\r\n", "2\r\nok\r\n0\r\n\r\n"],
      ["2 \r\r\nok\r\r\n0x\r\n\r\n", "2\r\nok\r\n0\r\n\r\n"],
      ["2\r\nok\r\n0\r\nA: b\r\n c\nD:\r\n\r\n", "2\r\nok\r\n0\r\n\r\n"],
      ["0\r\nA: b\n\nmore", "0\r\n\r\nmore"],
    ];
    for (const [input, expected] of table) assert.equal(filter(input), expected, JSON.stringify(input));
  });

  it("gives the same content however the bytes are cut", () => {
    const piece = fc.tuple(
      fc.constantFrom("", ";x", " ", "\r", ";a=\r\rb"),
      fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 20 }),
      fc.constantFrom("\r\n", "\n", "\r\r\n"),
    );
    const stream = fc.array(piece).map((pieces) => {
      const lines = pieces.map(([junk, data, end]) => `${data.length.toString(16)}${junk}\n${data}${end}`);
      return { text: `${lines.join("")}0\r\nX: y\n\r\n`, content: pieces.map(([, data]) => data).join("") };
    });
    fc.assert(
      fc.property(stream, fc.array(fc.nat({ max: 300 })), ({ text, content }, places) => {
        const ends = [...new Set(places)].filter((place) => place < text.length).sort((a, b) => a - b);
        const passed = filter(...[0, ...ends].map((start, index) => text.slice(start, ends[index])));
        assert.equal(decodeStrictly(passed), content);
      }),
    );
  });

  it("refuses what are no chunks", () => {
    for (const input of ["x", "\r\n", ";a\r\n", "-1\r\n", "1\r\nok", "0\r\na: b\rc", "0\r\n\rx"]) {
      assert.throws(() => filter(input), hasCode("RECV_ERROR"), JSON.stringify(input));
    }
    assert.throws(() => filter("0\r\nnone\r\n\r\n"), hasCode("BAD_FUNCTION_ARGUMENT"));
  });
});

/** The content of chunks that are written as RFC 9112 §7.1 says, without extensions and trailers. */
function decodeStrictly(text: string): string {
  let content = "";
  for (let at = 0; ; ) {
    const [line = "", digits = ""] = /^([0-9a-f]+)\r\n/i.exec(text.slice(at)) ?? [];
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

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof TransferFailure && error.code === code;
}
