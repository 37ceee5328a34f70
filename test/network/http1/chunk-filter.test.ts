import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ChunkFilter, FRAMING_OF_CHUNK, MOST_FRAMING } from "../../../host/network/http1/chunk-filter.ts";
import { LONGEST_TRAILER } from "../../../host/network/http1/trailer-reader.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import { decodeStrictly } from "../../support/strict-chunks.ts";

/** What the parser gets, for each chunk and joined. */
function filter(...inputs: string[]): string {
  const chunks = new ChunkFilter();
  return inputs.map((input) => chunks.pass(Buffer.from(input, "latin1")).toString("latin1")).join("");
}

describe("ChunkFilter", () => {
  it("hands over what is fine as it is, without a copy", () => {
    const chunks = new ChunkFilter();
    for (const text of ["2\r\nok\r\n", "000A\r\n01234", "5678", "9\r\n0\r\n\r\n", "more"]) {
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
      ["1\no\n1;x\r\nk\r\n", "2\r\nok\r\n"],
      ["f\no", "1\r\no\r\n"],
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

  it("does not take content for the end of a line", () => {
    for (const unit of ["\n", "\r", "\r\n", "\n\r"]) {
      for (let size = 1; size <= 17; size++) {
        const content = unit.repeat(size).slice(0, size);
        for (const end of ["\n", "\r\n"]) {
          const text = `${size.toString(16)}${end}${content}${end}0${end}${end}`;
          assert.equal(decodeStrictly(filter(text)), content, JSON.stringify(text));
        }
      }
    }
  });

  it("refuses what are no chunks", () => {
    for (const input of ["x", "\r\n", ";a\r\n", "-1\r\n", "1\r\nok", "0\r\na: b\rc", "0\r\n\rx"]) {
      assert.throws(() => filter(input), hasCode("RECV_ERROR"), JSON.stringify(input));
    }
    for (const trailer of ["none\r\n", "none\rx", "a: b\0c\r\n", "a: b\r\n c\0\n", "\0\n", "a: b\0\r"]) {
      assert.throws(
        () => filter(`0\r\n${trailer}`),
        hasCode("BAD_FUNCTION_ARGUMENT"),
        JSON.stringify(trailer),
      );
      const bytes = [..."0\r\n", ...trailer];
      assert.throws(() => filter(...bytes), hasCode("BAD_FUNCTION_ARGUMENT"), JSON.stringify(trailer));
    }
  });

  it("takes a trailer of so many bytes", () => {
    const trailer = (size: number): string => `0\r\n${"a:".padEnd(size, "b")}\r\n\r\n`;
    assert.equal(filter(trailer(LONGEST_TRAILER)), "0\r\n\r\n");
    assert.throws(() => filter(trailer(LONGEST_TRAILER + 1)), hasCode("RECV_ERROR"));
  });

  it("makes one chunk of many", () => {
    const chunks = new ChunkFilter();
    assert.equal(
      chunks.pass(Buffer.from("1\r\nx\r\n".repeat(1000))).toString(),
      `3e8\r\n${"x".repeat(1000)}\r\n`,
    );
    // A chunk for which the parser waits is not joined.
    assert.equal(chunks.pass(Buffer.from("6\r\n123")).toString(), "6\r\n123");
    const rest = `456\r\n${"1\r\nx\r\n".repeat(9)}0\r\n\r\nmore`;
    assert.equal(chunks.pass(Buffer.from(rest)).toString(), "456\r\n9\r\nxxxxxxxxx\r\n0\r\n\r\nmore");
  });

  it("takes as much around the content as there is of it, and 1 MiB", () => {
    const most = MOST_FRAMING + 2 * FRAMING_OF_CHUNK + 3;
    const framing = (size: number): string[] => {
      const trailers = "a: b\r\n".repeat(1000);
      const extension = ";".padEnd(size - "3\r\n\r\n0\r\n\r\n".length - trailers.length, "x");
      return [`3${extension}`, `\r\nabc\r\n0\r\n${trailers}\r\n`];
    };
    assert.equal(filter(...framing(most)), "3\r\nabc\r\n0\r\n\r\n");
    assert.throws(() => filter(...framing(most + 1)), hasCode("RECV_ERROR"));
    // Any number of chunks of one byte is normal.
    assert.equal(
      decodeStrictly(`${filter(...Array(3000).fill("1\r\nx\r\n".repeat(1000)))}0\r\n\r\n`).length,
      3e6,
    );
  });
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof TransferFailure && error.code === code;
}
