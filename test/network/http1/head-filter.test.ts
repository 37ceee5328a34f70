import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HeadFilter } from "../../../host/network/http1/head-filter.ts";
import { ResponseHead } from "../../../host/network/http1/response-head.ts";
import { LONGEST_LINE } from "../../../host/network/response/head-limits.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import { decodeStrictly } from "../../support/strict-chunks.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";

/** What the parser gets, for each chunk and joined. */
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
      filter("HTTP/1.0 404\nA B: c\nContent-Length: 2\n\nok"),
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
    /** Chunks may be joined or cut. */
    const understand = (...chunks: string[]): string[] => {
      const text = filter(...chunks);
      const end = text.indexOf("\r\n\r\n") + 4;
      const [head, content] = [text.slice(0, end), text.slice(end)];
      return [head, head.includes("chunked") ? decodeStrictly(content) : content];
    };
    for (const stream of streams) {
      const whole = understand(stream);
      fc.assert(
        fc.property(cuts, (places) => {
          const ends = [...new Set(places)].filter((place) => place < stream.length).sort((a, b) => a - b);
          const pieces = [0, ...ends].map((start, index) => stream.slice(start, ends[index]));
          assert.deepEqual(understand(...pieces), whole);
        }),
      );
    }
  });

  it("begins anew with each request", () => {
    const head = new HeadFilter();
    assert.equal(head.isAnswered, false);
    head.begin();
    assert.equal(head.pass(Buffer.from("HTTP/1.1 2")), null);
    assert.equal(head.isAnswered, false, "no part of a line counts");
    assert.equal(head.pass(Buffer.from("00\nX")), null);
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

/** Reads all lines of the text. Returns whether the empty line was among them. */
function read(head: ResponseHead, text: string): boolean {
  return text.split(/(?<=\n)/).some((line) => head.readLine(line));
}

describe("ResponseHead", () => {
  it("takes status lines as curl does, for better or worse", () => {
    const table: [line: string, status: number | string][] = [
      ["HTTP/1.1 200 OK", 200],
      ["HTTP/1.0 404", 404],
      ["HTTP/1.1\t999\tX", 999],
      ["HTTP/2 404", 404],
      ["http/1.1 404 is 200 in any spelling but one", 200],
      ["HTTP/2.0 404 is no version", 200],
      ["HTTP/3 4 is no status", 200],
      ...[
        "HTTP/3 404",
        "HTTP/1.1 099 X",
        "HTTP/1.1 2000",
        "HTTP/1.1 20",
        "HTTP/1.1  200",
        "HTTP/1.2 200",
      ].map((line): [string, string] => [line, "UNSUPPORTED_PROTOCOL"]),
      ...["HTTP/0.9 200", "HTTP/x", " HTTP/1.1 200", "RTSP/1.0 200", "", "HTT"].map(
        (line): [string, string] => [line, "UNSUPPORTED_PROTOCOL"],
      ),
      ["HTTP/1.1 200 \0", "WEIRD_SERVER_REPLY"],
      [`HTTP/1.1 200 ${"x".repeat(100 << 10)}`, "OUT_OF_MEMORY"],
    ];
    for (const [line, status] of table) {
      const head = new ResponseHead();
      if (typeof status === "string")
        assert.throws(() => head.readLine(`${line}\r\n`), hasCode(status), line);
      else assert.deepEqual([head.readLine(`${line}\n`), head.status], [false, status], line);
    }
  });

  it("frames the content as curl does", () => {
    const table: [headers: string, framing: string][] = [
      ["Content-Length: 5\nContent-Length: 2", "content-length: 2"],
      ["Content-Length:\t+2 x", "content-length: 2"],
      ["Content-Length: 2\n 5", "content-length: 2"],
      ["Content-Length : 2", ""],
      ["Content-Length: 9223372036854775807", "content-length: 9223372036854775807"],
      ["Content-Length: 9223372036854775808", ""],
      ["Content-Length: 2\nTransfer-Encoding: chunked", "transfer-encoding: chunked"],
      ["Transfer-Encoding: , CHUNKED, gzip", "transfer-encoding: chunked"],
      ["Transfer-Encoding: gzip, chunked\nContent-Length: 2", "content-length: 2"],
      ["Transfer-Encoding: chunked;q=1", ""],
    ];
    for (const [headers, framing] of table) {
      const head = new ResponseHead();
      assert.ok(read(head, `HTTP/1.1 200 OK\n${headers}\n\r\n`), headers);
      const expected = ["HTTP/1.1 200 X", framing, "connection: close", "", ""].filter(
        (line, at) => line || at > 2,
      );
      assert.equal(head.repair(), expected.join("\r\n"), headers);
    }
    for (const value of ["", "x", "-0", "\v2"]) {
      const wrong = `HTTP/1.1 200 OK\r\nContent-Length: ${value}\r\n`;
      assert.throws(() => read(new ResponseHead(), wrong), hasCode("WEIRD_SERVER_REPLY"), value);
      // If there is no content, the length is not read.
      assert.ok(read(new ResponseHead(), `${wrong.replace("200", "204")}\n`));
    }
  });

  it("sends a bad Location on as one that is malformed", () => {
    for (const location of ["/a\x01b", "/a\x01"]) {
      const head = new ResponseHead();
      read(head, `HTTP/1.1 302 X\r\nLocation: ${location}\r\n\r\n`);
      assert.match(head.repair(), /^location: \S+\t\S+\r$/m);
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
          const head = new ResponseHead();
          read(head, `${line}\n${fields.flat().join("")}\n`);
          const lines =
            "(?:location|content-length|transfer-encoding|connection): [\\t\\x20-\\x7e\\x80-\\xff]+\\r\\n";
          assert.match(head.repair(), new RegExp(`^HTTP/1\\.1 \\d{3} X\\r\\n(?:${lines})*\\r\\n$`));
        } catch (error) {
          assert.ok(error instanceof TransferFailure, String(error));
        }
      }),
    );
  });
});

describe("a line of a head", () => {
  const LINES: readonly (readonly [what: string, before: string, start: string])[] = [
    ["with the status", "", "HTTP/1.1 200 "],
    ["of a header", "HTTP/1.1 200 OK\r\n", "X: "],
  ];
  for (const [what, before, start] of LINES) {
    it(`is shorter than 100 KiB: ${what}`, () => {
      const headOf = (length: number): string => `${before}${start.padEnd(length - 2, "x")}\r\n\r\n`;
      const head = new ResponseHead();
      assert.ok(read(head, headOf(LONGEST_LINE - 1)));
      assert.throws(() => read(new ResponseHead(), headOf(LONGEST_LINE)), hasCode("OUT_OF_MEMORY"));
    });
  }
});

describe("a head that is cut off", () => {
  it("is a response from its first whole line on", () => {
    const table: [text: string, status: number | undefined, hasContent?: boolean][] = [
      ["", undefined],
      ["HTTP/1.1 200 OK", undefined],
      ["HTTP/1.1 200 OK\r\n", 200, false],
      ["HTTP/1.1 404 X\r\nContent-Length: 0\r\nX", 404, false],
      ["HTTP/1.1 200 OK\r\nContent-Length: 2", 200, false],
      ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", 200, true],
      ["HTTP/1.1 103 X\r\nLi", 103, false],
      ["HTTP/1.1 103 X\r\n\r\n", undefined],
      ["HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\n", 200, false],
    ];
    for (const [text, status, hasContent] of table) {
      const filter = new HeadFilter();
      filter.begin();
      filter.pass(Buffer.from(text));
      const head = filter.cutHead();
      assert.deepEqual([head?.status, head?.hasContent], [status, hasContent], JSON.stringify(text));
    }
  });

  it("is wrong as soon as a line is", () => {
    assert.throws(() => filter("HTTP/1.1 200 OK\r\nfoo\r\n"), hasCode("WEIRD_SERVER_REPLY"));
    assert.throws(() => filter("HTTP/1.1 2000 OK\r\n"), hasCode("UNSUPPORTED_PROTOCOL"));
  });
});

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof TransferFailure && error.code === code;
}
