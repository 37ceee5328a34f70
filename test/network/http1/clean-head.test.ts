import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readCleanHead } from "../../../host/network/http1/clean-head.ts";

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");
/** A head with these lines, and some content. */
const head = (...lines: string[]): string => `${lines.join("\r\n")}\r\n\r\n`;
const OK = "HTTP/1.1 200 OK";

const CLEAN: readonly (readonly [head: string, isChunked: boolean])[] = [
  [head(OK), false],
  [head("HTTP/1.1 200"), false],
  [head("HTTP/1.0 200 "), false],
  [head("HTTP/1.1 999 \x01\t\xff"), false],
  [head(OK, "Content-Length: 2"), false],
  [head(OK, "CONTENT-LENGTH:  000000000000002  "), false],
  [head(OK, "X: y", "Transfer-Encoding: Chunked "), true],
  [head(OK, "transfer-encoding:chunked", "!#$%&'*+-.^_`|~09azAZ:\t \xff"), true],
  [head(OK, "Content-Length-X: a", "Transfer-Encodings: b", "Content_Length: c"), false],
  [head("HTTP/1.1 204 X", "Content-Length: 0"), false],
  [head("HTTP/1.1 304 X", "Content-Length:0 "), false],
];

const ODD: readonly string[] = [
  "",
  "HTTP/1.1 200 OK\r\n",
  "HTTP/1.1 200 OK\r\nX: y\r\n\r",
  "HTTP/1.1 200 OK\r\nX: y\r\n",
  "HTTP/1.1 200 OK\nX: y\r\n\r\n",
  "HTTP/1.1 200 OK\r\nX: y\n\r\n",
  "HTTP/1.1 200 OK\r\nX: y\r\n\n",
  head("http/1.1 200 OK"),
  head("HTTP/1.2 200 OK"),
  head("HTTP/2 200 OK"),
  head("HTTP/1.1  200 OK"),
  head("HTTP/1.1\t200 OK"),
  head("HTTP/1.1 199 OK"),
  head("HTTP/1.1 101 X"),
  head("HTTP/1.1 2x0 OK"),
  head("HTTP/1.1 2000 OK"),
  head("HTTP/1.1 20"),
  head("HTTP/1.1 200-OK"),
  head("HTTP/1.1 200 O\0K"),
  head("HTTP/1.1 200 O\rK"),
  head(OK, "Content-Length : 2"),
  head(OK, "X: \x01"),
  head(OK, "X: \x7f"),
  head(OK, "X"),
  head(OK, ": x"),
  head(OK, " x"),
  head(OK, "X\xff: y"),
  head(OK, "X: y", "\tz"),
  head(OK, "Content-Length: 2", "Content-Length: 2"),
  head(OK, "Content-Length: 2", "Transfer-Encoding: chunked"),
  head(OK, "Content-Length:"),
  head(OK, "Content-Length: 2\t"),
  head(OK, "Content-Length: +2"),
  head(OK, "Content-Length: 2 2"),
  head(OK, "Content-Length: /"),
  head(OK, "Content-Length:    "),
  head("HTTP/1.1 204 X", "Content-Length: 1"),
  head(OK, "Content-Length: 0000000000000002"),
  head(OK, "Content-Length: chunked"),
  head(OK, "Transfer-Encoding: chunked\t"),
  head(OK, "Transfer-Encoding: gzip, chunked"),
  head(OK, "Transfer-Encoding: 2"),
  head("HTTP/1.1 204 X", "Content-Length: 2"),
  head("HTTP/1.1 204 X", "Content-Length: 00"),
  head("HTTP/1.1 304 X", "Transfer-Encoding: chunked"),
];

describe("a clean head", () => {
  for (const [text, isChunked] of CLEAN) {
    it(`is read: ${JSON.stringify(text)}`, () => {
      const expected = { size: text.length, isChunked };
      assert.deepEqual(readCleanHead(bytesOf(text)), expected);
      assert.deepEqual(readCleanHead(bytesOf(`${text}HTTP/1.1 200 OK\r\n`)), expected, "with content");
      for (let size = 0; size < text.length; size++) {
        assert.equal(readCleanHead(bytesOf(text.slice(0, size))), null, `cut off after ${size} bytes`);
      }
    });
  }

  for (const text of ODD) {
    it(`is not ${JSON.stringify(text)}`, () => assert.equal(readCleanHead(bytesOf(text)), null));
  }
});
