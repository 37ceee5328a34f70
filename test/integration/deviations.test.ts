import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import { type CallOptions, createHttpBackground, type HttpBackground, type Post } from "../../host/index.ts";
import { headerOf, type RawRequest } from "../support/raw-request.ts";
import { readText } from "../support/root.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const REDIRECT = "HTTP/1.1 307 X\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n";

/** Text of the first cell of each row of "Because of undici". */
function documentedRows(): string[] {
  const [, section = ""] = readText("docs/deviations.md").split("## Because of undici");
  const [table = ""] = section.split("\n## ", 1);
  return [...table.matchAll(/^\| (?!original|---)(.*?) \| /gm)].map(([, cell = ""]) => cell);
}

describe("a deviation because of undici", () => {
  let server: ScriptedServer;
  let http: HttpBackground;
  before(async () => {
    http = await createHttpBackground({ threads: [{ id: "default" }] });
  });
  beforeEach(async () => {
    await server?.close();
    server = await startScriptedServer([{ send: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" }]);
  });
  after(async () => {
    await http.close();
    await server.close();
  });

  const send = async (options: CallOptions, post?: Post): Promise<RawRequest> => {
    const { status } = await http.http_background("default", server.base, options, post);
    assert.equal(status, 200);
    return server.requests[0] as RawRequest;
  };
  const codeOf = async (options: CallOptions): Promise<string | undefined> => {
    const { code } = await http.http_background("default", server.base, options);
    assert.equal(server.requests.length, 0);
    return code;
  };

  const pins: Record<string, (t: TestContext) => Promise<void>> = {
    "`Expect: 100-continue` with a File, and with more than 1 MiB": async () => {
      const file = await send({ headers: ["Expect: 100-continue"] }, new Blob(["x"]));
      assert.equal(headerOf(file, "expect"), undefined);
      await http.http_background("default", server.base, {}, "x".repeat(1024 * 1024 + 1));
      assert.equal(headerOf(server.requests[1] as RawRequest, "expect"), undefined);
    },

    "a File is intact after a redirect that came instead of `100 Continue`": async () => {
      await server.close();
      server = await startScriptedServer([{ send: REDIRECT }]);
      async function* once(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("x");
      }
      const result = await http.http_background("default", server.base, { redirects: 1 }, once());
      assert.equal(result.code, "SEND_FAIL_REWIND");
    },

    "no `Connection` header": async () => {
      assert.equal(headerOf(await send({}), "connection"), "keep-alive");
    },

    "`Transfer-Encoding` of the caller is sent": async () => {
      const chunked = await send({ headers: ["Transfer-Encoding: chunked"] }, "x");
      assert.deepEqual([chunked.framing, chunked.body.toString()], ["chunked", "x"]);
      await http.http_background("default", server.base, { headers: ["Transfer-Encoding: gzip"] }, "x");
      assert.equal(server.requests[1]?.framing, "length");
    },

    "`Keep-Alive`, `Upgrade`, `Expect`, and any `Connection` of the caller are sent": async () => {
      const headers = ["Keep-Alive: timeout=5", "Upgrade: h2c", "Expect: x", "Connection: upgrade"];
      const request = await send({ headers: [...headers, "X-A: 1"] });
      assert.deepEqual(request.headers.map(([name]) => name.toLowerCase()).sort(), [
        "accept",
        "connection",
        "host",
        "x-a",
      ]);
      assert.equal(headerOf(request, "connection"), "keep-alive");
      await http.http_background("default", server.base, { headers: ["Connection: close"] });
      assert.equal(headerOf(server.requests[1] as RawRequest, "connection"), "close");
    },

    "`Host:` leaves the header out": async () => {
      assert.equal(headerOf(await send({ headers: ["Host:"] }), "host"), `127.0.0.1:${server.port}`);
    },

    "`Host`, `Content-Length` and `Transfer-Encoding` are spelled so, or as the caller spells them, and the framing comes before Content-Type":
      async () => {
        const headers = ["HOST: a.test", "CONTENT-LENGTH: 1", "Content-Type: a/b"];
        const names = (request: RawRequest) => request.headers.map(([name]) => name);
        const expected = ["host", "connection", "Accept", "Content-Type", "content-length"];
        assert.deepEqual(names(await send({ headers }, "x")), expected);
        await http.http_background("default", server.base, { headers: ["TRANSFER-ENCODING: chunked"] }, "x");
        assert.equal(names(server.requests[1] as RawRequest).at(-1), "transfer-encoding");
      },

    "a header is sent as it is written: `X:` for `X;`, and `X:value`": async () => {
      const { raw } = await send({ headers: ["X-A;", "X-B:b", "X-C:  c", "X-D: d "] });
      assert.match(raw.toString(), /\r\nX-A: \r\nX-B: b\r\nX-C: {2}c\r\nX-D: d \r\n/);
    },

    "POST, PUT, PATCH, PROPFIND, PROPPATCH and QUERY without a body have no length": async () => {
      const withLength = ["POST", "PUT", "PATCH", "PROPFIND", "PROPPATCH", "QUERY"];
      for (const method of [...withLength, "DELETE", "OPTIONS", "REPORT", "put"]) {
        await http.http_background("default", server.base, { method });
        const length = headerOf(server.requests.at(-1) as RawRequest, "content-length");
        assert.equal(length, withLength.includes(method) ? "0" : undefined, method);
      }
    },

    "any text as `method`": async () => {
      for (const method of ["", "A B", "A\r\nB", "CONNECT"]) {
        assert.equal(await codeOf({ method }), "BAD_FUNCTION_ARGUMENT", method);
      }
    },

    "any bytes as the name of a header": async () => {
      for (const header of [" X: 1", "X Y: 1", "\u00e4: 1"]) {
        assert.equal(await codeOf({ headers: [header] }), "BAD_FUNCTION_ARGUMENT", header);
      }
    },

    "control characters in the value of a header": async () => {
      for (const header of ["X: a\x01b", "X: \x7f"]) {
        assert.equal(await codeOf({ headers: [header] }), "BAD_FUNCTION_ARGUMENT", header);
      }
    },

    "HTTP/1.0 once the server has answered so, where a File ends as `UPLOAD_FAILED`": async () => {
      await server.close();
      const old = "HTTP/1.0 302 X\r\nConnection: keep-alive\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n";
      server = await startScriptedServer([{ send: old }]);
      await http.http_background("default", server.base, { redirects: 1 });
      await http.http_background("default", server.base, {}, new Blob(["x"]));
      // The server can read no other version.
      const seen = server.requests.map(({ method, framing }) => `${method} ${framing}`);
      assert.deepEqual(seen, ["GET none", "GET none", "POST chunked"]);
    },
  };

  for (const [row, pin] of Object.entries(pins)) it(`is as documented: ${row}`, pin);

  it("is documented", () => {
    assert.deepEqual(documentedRows(), Object.keys(pins));
  });
});

describe("a deviation on purpose", () => {
  const CLEAN = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  const AMBIGUOUS: Readonly<Record<string, string>> = {
    "LF alone": "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "LF alone in one line": "HTTP/1.1 200 OK\r\nX: y\nContent-Length: 2\r\n\r\nok",
    "a folded line": "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
    "a blank in a name": "HTTP/1.1 200 OK\r\nX y: a\r\nContent-Length: 2\r\n\r\nok",
    "a control character": "HTTP/1.1 200 OK\r\nX: a\x01\r\nContent-Length: 2\r\n\r\nok",
    "several lengths": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "a length with +": "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
    "a length beside chunks":
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "another version": "HTTP/2 200\r\nContent-Length: 2\r\n\r\nok",
  };

  it("is to send nothing with CR or LF where a header is made of it", async (t) => {
    const http = await createHttpBackground({ threads: [{ id: "default" }] }, { env: {} });
    const server = await startScriptedServer();
    t.after(() => Promise.all([http.destroy(), server.close()]));
    for (const evil of ["a\r\nb", "\rb", "a\n"]) {
      const calls: [CallOptions, Post?][] = [
        [{ headers: [`X: ${evil}`] }],
        [{ method: evil }],
        [{}, [{ data: "x", type: evil }]],
        [{ username: evil, password: "p", aws_sigv4: "aws:amz:r:s3" }],
        [{ username: evil, password: "p", aws_sigv4: "other:o:r:s" }],
      ];
      for (const [options, post] of calls) {
        const { code } = await http.http_background("default", server.base, options, post);
        assert.equal(code, "BAD_FUNCTION_ARGUMENT", JSON.stringify([options, evil]));
      }
    }
    assert.deepEqual([server.requests.length, server.leftovers.length], [0, 0]);
  });

  it("is to close the connection after an ambiguous head, whose response is read nevertheless", async (t) => {
    const http = await createHttpBackground({ threads: [{ id: "default" }] }, { env: {} });
    t.after(() => http.destroy());
    for (const [what, head] of [["clean", CLEAN], ...Object.entries(AMBIGUOUS)]) {
      const server = await startScriptedServer([{ send: head as string }]);
      for (let calls = 0; calls < 2; calls++) {
        const { status, content } = await http.http_background("default", server.base);
        assert.deepEqual([status, content?.toString()], [200, "ok"], what);
      }
      assert.equal(server.connections.accepted, what === "clean" ? 1 : 2, what);
      await server.close();
    }
  });
});
