import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { TransferFailure } from "../../../host/network/failures.ts";
import { HeadFilter } from "../../../host/network/head-filter.ts";
import { readCutHead, readHead } from "../../../host/network/response-head.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

/** What the parser gets, chunk by chunk and together. */
function filter(...chunks: string[]): string {
  const head = new HeadFilter();
  head.begin();
  return chunks.map((chunk) => head.pass(Buffer.from(chunk, "latin1"))?.toString("latin1") ?? "").join("");
}

describe("HeadFilter", () => {
  it("hands over what is fine as it is, without a copy", () => {
    const head = new HeadFilter();
    head.begin();
    const chunk = Buffer.from(`${OK}ok`);
    assert.equal(head.pass(chunk), chunk);
    const more = Buffer.from("HTTP/1.1 is content from here on\n\n");
    assert.equal(head.pass(more), more);
  });

  it("drops interim heads and repairs odd ones", () => {
    assert.equal(filter(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\nLink: y\n\n${OK}ok`), `${OK}ok`);
    assert.equal(
      filter("http/1.0 404\nA B: c\nContent-Length: 2\n\nok"),
      "HTTP/1.1 404 X\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
    );
    assert.equal(
      filter("HTTP/1.1 304 X\r\nContent-Length: 2\r\n\r\n"),
      "HTTP/1.1 304 X\r\n\r\n",
      "no content, so the connection can be used again",
    );
  });

  it("gives the same however the bytes are cut", () => {
    const streams = [
      `${OK}ok`,
      `HTTP/1.1 100 X\r\n\r\nHTTP/1.1 102 X\r\nA: b\r\n\r\n${OK}ok`,
      "HTTP/1.1 302 X\nLocation: /a\n b\nContent-Length : 2\n\nok",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ];
    const cuts = fc.array(fc.nat({ max: 120 }), { maxLength: 8 });
    for (const stream of streams) {
      const whole = filter(stream);
      fc.assert(
        fc.property(cuts, (places) => {
          const ends = [...new Set(places)].filter((place) => place < stream.length).sort((a, b) => a - b);
          const pieces = [0, ...ends].map((start, index) => stream.slice(start, ends[index]));
          assert.equal(filter(...pieces), whole);
        }),
      );
    }
  });

  it("begins anew with each request", () => {
    const head = new HeadFilter();
    head.begin();
    assert.equal(head.pass(Buffer.from("HTTP/1.1 2")), null);
    assert.equal(head.isAnswered, false);
    assert.equal(head.pass(Buffer.from("00 OK\r\n")), null);
    assert.equal(head.isAnswered, true);
    head.begin();
    assert.equal(head.isAnswered, false);
    assert.equal(head.pass(Buffer.from(OK))?.toString(), OK);
  });

  it("tells garbage by its first bytes", () => {
    for (const start of ["x", "HTTX", "\0", " HTTP/1.1"]) {
      assert.throws(() => filter(start), hasCode("UNSUPPORTED_PROTOCOL"), start);
    }
    for (const start of ["", "H", "http/"]) assert.equal(filter(start), "");
  });

  it("takes the time that the number of bytes takes, not of its square", () => {
    const head = new HeadFilter();
    head.begin();
    const before = process.cpuUsage();
    for (const byte of `HTTP/1.1 200 OK\r\n${"X: y\r\n".repeat(40_000)}`) head.pass(Buffer.from(byte));
    assert.ok(process.cpuUsage(before).user < 5_000_000);
  });
});

describe("readHead", () => {
  it("sends a bad Location on as one that is malformed", () => {
    for (const location of ["/a\x01b", "/a\x01"]) {
      const { repaired } = readHead(`HTTP/1.1 302 X\r\nLocation: ${location}\r\n\r\n`);
      assert.match(repaired ?? "", /^location: \S+\t\S+\r$/m);
    }
  });

  it("never gives the parser anything to stumble over", () => {
    const field = fc.tuple(
      fc.constantFrom("Content-Length", "Transfer-Encoding", "Location", "X", "X Y", "", " fold"),
      fc.constantFrom(":", " : ", ""),
      fc.constantFrom("2", "chunked", "gzip, chunked", "/a\rb", "\x01\x7f", "-1", "9".repeat(20), "a\0"),
      fc.constantFrom("\r\n", "\n"),
    );
    const status = fc.constantFrom("HTTP/1.1 200 OK", "HTTP/1.0 204", "http/1.1 304 X", "HTTP/2 999 ");
    fc.assert(
      fc.property(status, fc.array(field), (line, fields) => {
        try {
          const text = `${line}\n${fields.flat().join("")}\n`;
          const { repaired, size } = readHead(text);
          assert.ok(size <= text.length);
          const lines =
            "(?:location|content-length|transfer-encoding|connection): [\\t\\x20-\\x7e\\x80-\\xff]+\\r\\n";
          if (repaired !== null)
            assert.match(repaired, new RegExp(`^HTTP/1\\.1 \\d{3} X\\r\\n(?:${lines})*\\r\\n$`));
        } catch (error) {
          assert.ok(error instanceof TransferFailure, String(error));
        }
      }),
    );
  });
});

describe("readCutHead", () => {
  it("takes a status line that is whole for a response", () => {
    const table: [string, number][] = [
      ["", 0],
      ["HTTP/1.1 200 OK", 0],
      ["HTTP/1.1 200 OK\r\n", 200],
      ["HTTP/1.1 404 X\r\nContent-Length: 0\r\nX", 404],
      ["HTTP/1.1 200 OK\r\nContent-Length: 2", 200],
    ];
    for (const [text, status] of table) assert.equal(readCutHead(text), status, JSON.stringify(text));
    assert.throws(() => readCutHead("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"), hasCode("PARTIAL_FILE"));
    assert.throws(() => readCutHead("HTTP/1.1 200 OK\r\nfoo\r\n"), hasCode("WEIRD_SERVER_REPLY"));
  });
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof TransferFailure && error.code === code;
}
