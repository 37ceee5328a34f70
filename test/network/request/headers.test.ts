import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHeaders } from "../../../host/network/request/headers.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";

const sentBy = (...entries: string[]): string[] =>
  parseHeaders(entries).sent.map(({ name, value }) => `${name}|${value}`);

describe("parseHeaders", () => {
  it("reads each form of curl's grammar", () => {
    const table: [string, string[]][] = [
      ["X-A: 1", ["X-A|1"]],
      ["X-B:2", ["X-B|2"]],
      ["x-c:   spaced  ", ["x-c|  spaced  "]],
      ["X-Url: http://a/b:c", ["X-Url|http://a/b:c"]],
      ["X-Tab: a\tb", ["X-Tab|a\tb"]],
      ["X-High: \xc3\xa9", ["X-High|\xc3\xa9"]],
      ["X-Empty;", ["X-Empty|"]],
      ["X-Gone:", []],
      ["X-Gone:   ", []],
      ["X-Gone; foo", []],
      ["X-Gone; ", []],
      ["garbage", []],
      ["", []],
      [":", []],
      [";", []],
      [": value", []],
    ];
    for (const [entry, sent] of table) assert.deepEqual(sentBy(entry), sent, entry);
  });

  it("keeps the order, the spelling and duplicates", () => {
    const sent = sentBy("X-Dup: 1", "X-Other: a", "X-Dup: 2", "x-dup: 3");
    assert.deepEqual(sent, ["X-Dup|1", "X-Other|a", "X-Dup|2", "x-dup|3"]);
  });

  it("takes a built-in header's place as soon as its name is mentioned", () => {
    const { mentioned } = parseHeaders([
      "Accept:",
      "content-type;",
      "X-A: 1",
      "Foo; bar",
      "User-Agent",
      "A B: c".slice(2),
    ]);
    assert.deepEqual([...mentioned].sort(), ["accept", "b", "content-type", "foo", "x-a"]);
  });

  it("takes out what undici writes or refuses", () => {
    const entries = [
      "Host: h",
      "Content-Length: 12",
      "Transfer-Encoding: chunked",
      "Connection: upgrade",
      "Keep-Alive: x",
    ];
    const headers = parseHeaders([...entries, "Upgrade: h2c", "Expect: 100-continue", "TE: trailers"]);
    assert.deepEqual(
      headers.sent.map(({ name }) => name),
      ["TE"],
    );
    assert.deepEqual([headers.host, headers.contentLength, headers.chunked], ["h", 12, true]);
    assert.deepEqual(sentBy("Connection: TE, Close"), ["Connection|close"]);
  });

  it("sends the first Host, and cannot leave it out", () => {
    const table: [string[], string | null][] = [
      [["Host: a", "Host: b"], "a"],
      [["host:a"], "a"],
      [["Host;"], ""],
      [["Host:"], null],
      [["Hostile: a"], null],
    ];
    for (const [entries, host] of table) assert.equal(parseHeaders(entries).host, host, entries.join());
  });

  it("believes only a Content-Length that is a number", () => {
    for (const value of ["-1", "1.5", "0x10", "1e3", "", "12 13", `${2 ** 53}`]) {
      assert.equal(parseHeaders([`Content-Length: ${value}`]).contentLength, -1, value);
    }
    for (const length of [0, 5, 2 ** 53 - 1]) {
      const value = ` ${String(length).padStart(100, "0")}\t`;
      assert.equal(parseHeaders([`Content-Length: ${value}`]).contentLength, length, value);
    }
  });

  it("refuses line breaks and NUL anywhere, and what HTTP has no form for", () => {
    const refused = [
      "X-A: 1\r\nX-Evil: 2",
      "X-A\n: 1",
      "X: a\0b",
      "garbage\r",
      " X-A: 1",
      "X A: 1",
      "X: \x01",
      "Host; \x7f",
    ];
    for (const entry of refused) {
      assert.throws(() => parseHeaders([entry]), isBadArgument, JSON.stringify(entry));
    }
  });
});

function isBadArgument(error: unknown): boolean {
  return error instanceof TransferFailure && error.code === "BAD_FUNCTION_ARGUMENT";
}
