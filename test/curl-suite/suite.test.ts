import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, it, type TestContext } from "node:test";
import { readSuite, type SuiteTest } from "./answers.ts";
import { SuiteServer } from "./server.ts";

/** A file in the format of curl's suite. */
function testFile(reply: string, server = "http"): string {
  return `<testcase>\n<reply>\n${reply}</reply>\n\n<client>\n<server>\n${server}\n</server>\n</client>\n</testcase>\n`;
}

function suiteOf(t: TestContext, files: Record<string, string>): SuiteTest[] {
  const folder = mkdtempSync(join(tmpdir(), "curl-suite-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, "latin1");
  return readSuite(folder);
}

const answerTo = (t: TestContext, reply: string): string | undefined =>
  suiteOf(t, { test7: testFile(reply) })[0]?.answers.get("");

describe("the answers of curl's test suite", () => {
  it("are those of tests whose only server speaks HTTP/1, in order", (t) => {
    const reply = "<data>\nx\n</data>\n";
    const tests = suiteOf(t, {
      test12: testFile(reply),
      test3: testFile(reply),
      test4: testFile(reply, "ftp"),
      test5: testFile(reply, "http\nftp"),
      test6: testFile("<data7>\nx\n</data8>\n"),
      "Makefile.am": testFile(reply),
    });
    assert.deepEqual(
      tests.map(({ number }) => number),
      [3, 12],
    );
  });

  it("have the line ends, characters and parts that the file says", (t) => {
    const rows: [reply: string, answer: string][] = [
      ["<data>\na\n\nb\n</data>\n", "a\n\nb\n"],
      ['<data crlf="headers" nocheck="yes">\na\nb\n\nc\nd\n</data>\n', "a\r\nb\r\n\r\nc\nd\n"],
      ['<data crlf="yes">\na\n\nb\n</data>\n', "a\r\n\r\nb\r\n"],
      ['<data nonewline="yes">\na\n</data>\n', "a"],
      ['<data base64="yes">\nYQBi\n</data>\n', "a\0b"],
      ['<data hex="yes">\n61 00\n62\n</data>\n', "a\0b"],
      ["<data>\n%hex[%0d%ff]hex%%repeat[3 x ab]%%CR%SP%TESTNUMBER\n</data>\n", "\r\xffababab\r 7\n"],
      ["<data>\n%if brotli\nx\n%else\ny\n%endif\n%if zstd\nz\n%endif\n</data>\n", "y\n"],
    ];
    for (const [reply, answer] of rows) assert.equal(answerTo(t, reply), answer, reply);
  });

  it("are given for the number of a test, and for that of its part", async (t) => {
    const head = "HTTP/1.1 302 X\r\nLocation: http://%HOSTIP:%HTTPPORT/70002\r\n\r\n";
    const tests = suiteOf(t, {
      test7: testFile(`<data>\n${head}</data>\n<data2>\nHTTP/1.1 200 OK\n\nsecond\n</data2>\n`),
    });
    const server = await SuiteServer.start(tests);
    t.after(() => server.close());
    const get = (path: string): Promise<string> => {
      const socket = connect(server.port, "127.0.0.1");
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
      return text(socket);
    };
    assert.equal(await get("/7"), head.replace("%HOSTIP:%HTTPPORT", `127.0.0.1:${server.port}`));
    assert.match(await get("/70002?x"), /second/);
    assert.match(await get("/8"), /^HTTP\/1.1 404/);
  });
});
