import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";

const OK = { status: 200, content: "ok" };
const WEIRD = { code: "WEIRD_SERVER_REPLY" };
const NOT_HTTP = { code: "UNSUPPORTED_PROTOCOL" };

/** What a server sends before it ends the connection, and the outcome in libcurl 8.5.0. */
const RESPONSES: readonly (readonly [what: string, bytes: string, expected: object])[] = [
  ["lines that end with LF alone", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", OK],
  ["mixed line ends", "HTTP/1.1 200 OK\r\nX: y\nContent-Length: 2\r\n\nok", OK],
  ["a lower-case protocol", "http/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", OK],
  ["a folded header", "HTTP/1.1 200 OK\r\nX: 1\r\n  2\r\nContent-Length: 2\r\n\r\nok", OK],
  ["another name, by a blank before its colon", "HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nok", OK],
  ["a control character in a value", "HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 2\r\n\r\nok", OK],
  [
    "100 before the response",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    OK,
  ],
  [
    "many informational responses",
    `${"HTTP/1.1 103 E\r\nLink: x\r\n\r\n".repeat(50)}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`,
    OK,
  ],
  [
    "a length beside chunks",
    "HTTP/1.1 200 OK\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    OK,
  ],
  ["the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", OK],
  [
    "two lengths, of which the last counts",
    "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nContent-Length: 2\r\n\r\nok",
    OK,
  ],
  ["two lengths in one header", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", OK],
  ["a length beyond all numbers", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok", OK],
  [
    "chunks whose lines end anyhow",
    'HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\no\n1 ;x="y\r\nk\r\r\n0\nX : y\r\n z\n\n',
    OK,
  ],
  ["a length and more bytes", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokay", OK],
  ["a coding that is not decoded", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok", OK],
  [
    "a parameter of chunked, which makes it such a coding",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked;q=1\r\n\r\n2\r\n",
    { status: 200, content: "2\r\n" },
  ],
  [
    "such a coding, and the chunks that stay",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    { status: 200, content: "2\r\nok\r\n0\r\n\r\n" },
  ],
  [
    "304 with a length",
    "HTTP/1.1 304 Not Modified\r\nContent-Length: 20\r\n\r\n",
    { status: 304, content: "" },
  ],
  ["204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", { status: 204, content: "" }],
  [
    "101, and all that follows",
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nstream",
    { status: 101, content: "stream" },
  ],
  ["a status line of HTTP/2", "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok", OK],
  ["a status beyond 599", "HTTP/1.1 999 X\r\nContent-Length: 2\r\n\r\nok", { status: 999, content: "ok" }],
  ["headers that end with the connection", "HTTP/1.1 200 OK\r\nContent-Le", { status: 200, content: "" }],
  ["a status line that ends with the connection", "HTTP/1.1 200 OK", { code: "GOT_NOTHING" }],
  ["a header without a colon", "HTTP/1.1 200 OK\r\nfoo\r\nContent-Length: 2\r\n\r\nok", WEIRD],
  ["CR in the name of a header", "HTTP/1.1 200 OK\r\nX\rY: z\r\n\r\n", { code: "BAD_FUNCTION_ARGUMENT" }],
  ["CR in a value", "HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 2\r\n\r\nok", OK],
  [
    "NUL in a trailer",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX: a\0b\r\n\r\n",
    { code: "BAD_FUNCTION_ARGUMENT" },
  ],
  ["NUL in a header", "HTTP/1.1 200 OK\r\nX: a\0b\r\nContent-Length: 2\r\n\r\nok", WEIRD],
  ["a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nok", WEIRD],
  ["a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok", WEIRD],
  ["an empty line before the status line", "\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", NOT_HTTP],
  ["another version", "HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok", NOT_HTTP],
  ["a status of four digits", "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok", NOT_HTTP],
  ["a status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok", NOT_HTTP],
  ["no HTTP at all", "220 mail ESMTP\r\n", NOT_HTTP],
];

/** How the bytes arrive: together, or each in its own write. */
const DELIVERIES: readonly (readonly [how: string, size: number])[] = [
  ["at once", Number.POSITIVE_INFINITY],
  ["byte by byte", 1],
];

describe("responses that curl takes, or does not", () => {
  let plugin: HttpBackground;
  before(async () => {
    plugin = await createHttpBackground({ threads: [{ id: "default" }] }, { env: {} });
  });
  after(() => plugin.destroy());

  for (const [how, size] of DELIVERIES) {
    for (const [what, bytes, expected] of RESPONSES) {
      it(`${what} (${how})`, async () => {
        const server = createServer((socket) => void answer(socket, bytes, size));
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        const { port } = server.address() as AddressInfo;
        const url = `http://127.0.0.1:${port}/`;
        try {
          assert.deepEqual(await fetchText(plugin, url), expected);
        } finally {
          server.close();
        }
      });
    }
  }
});

async function fetchText(plugin: HttpBackground, url: string): Promise<object> {
  const { status, content, code } = await plugin.http_background("default", url, { timeout: 20 });
  return code === undefined ? { status, content: content?.toString("latin1") } : { code };
}

async function answer(socket: Socket, bytes: string, size: number): Promise<void> {
  socket.setNoDelay(true).on("error", () => {});
  await once(socket, "data");
  for (let at = 0; at < bytes.length && socket.writable; at += size) {
    await new Promise((resolve) => socket.write(bytes.slice(at, at + size), "latin1", resolve));
    // The reader is in this process and needs a turn. Otherwise the kernel joins the bytes again.
    if (size === 1 && bytes.length < 500) await new Promise(setImmediate);
  }
  socket.end();
}
