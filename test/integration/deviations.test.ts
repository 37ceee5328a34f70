import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it, type TestContext } from "node:test";
import type { TLSSocket } from "node:tls";
import { type CallOptions, createHttpBackground, type HttpBackground, type Post } from "../../host/index.ts";
import { certificates } from "../support/certificates.ts";
import { connectTo } from "../support/connecting.ts";
import { listen } from "../support/listener.ts";
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

    "POST, PUT and PATCH without a body have no length": async () => {
      assert.equal(headerOf(await send({ method: "PUT" }), "content-length"), "0");
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
      // The server takes no other version apart.
      const seen = server.requests.map(({ method, framing }) => `${method} ${framing}`);
      assert.deepEqual(seen, ["GET none", "GET none", "POST chunked"]);
    },

    "HTTP/2 with https, where the server offers it": async (t) => {
      const tls = { ...certificates().good, ALPNProtocols: ["h2", "http/1.1"] };
      const { port } = await listen(t, () => {}, { tls });
      const socket = (await connectTo(`https://good.test:${port}/`, {
        transfer: { tlsVerifyHost: false },
      })) as TLSSocket;
      assert.equal(socket.alpnProtocol, "http/1.1");
      socket.destroy();
    },
  };

  for (const [row, pin] of Object.entries(pins)) it(`is as documented: ${row}`, pin);

  it("is documented", () => {
    assert.deepEqual(documentedRows(), Object.keys(pins));
  });
});
