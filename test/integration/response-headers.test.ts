import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { inspect } from "node:util";
import { type Answered, createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { type ScriptedServer, type ServerEntry, startScriptedServer } from "../support/scripted-server.ts";

const EMPTY = "Content-Length: 0\r\n\r\n";

/** Heads that undici reads as they are, and heads that it would refuse; and their headers. */
const HEADS: readonly (readonly [about: string, head: string, headers: readonly (readonly string[])[]])[] = [
  [
    "duplicates in order, in the server's spelling",
    `HTTP/1.1 200 OK\r\nset-cookie: a=1\r\nX-B:  two \r\nSet-Cookie: b=2\r\n${EMPTY}`,
    [
      ["set-cookie", "a=1"],
      ["X-B", "two"],
      ["Set-Cookie", "b=2"],
      ["Content-Length", "0"],
    ],
  ],
  ["bytes as characters", "HTTP/1.1 204 No\r\nX: \xe9\xff\r\n\r\n", [["X", "\xe9\xff"]]],
  [
    "folded lines, lines that end with LF, a blank before the colon",
    `HTTP/1.1 200 OK\nX: a\n b\r\n\t  c\nY : d\nE:\n${EMPTY}`,
    [
      ["X", "a b c"],
      ["Y ", "d"],
      ["E", ""],
      ["Content-Length", "0"],
    ],
  ],
  ["no headers", "HTTP/1.1 204 No\r\n\r\n", []],
  [
    "not those of interim heads",
    "HTTP/1.1 103 E\r\nLink: x\r\n\r\nHTTP/1.1 204 No\r\nA: b\r\n\r\n",
    [["A", "b"]],
  ],
  ["a status that switches protocols", "HTTP/1.1 101 S\r\nUpgrade: x\r\n\r\nrest", [["Upgrade", "x"]]],
];

function answers(send: string): ServerEntry {
  return { send, end: true };
}

describe("the headers and the URL of a result", () => {
  let server: ScriptedServer;
  let http: HttpBackground;
  before(async () => {
    const entries = HEADS.map(([, head]) => answers(head));
    server = await startScriptedServer(entries, {
      otherwise: { send: "HTTP/1.1 200 OK\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: 2\r\n\r\nok" },
    });
    http = await createHttpBackground({ threads: [{ id: "t" }] });
  });
  after(async () => {
    await http.destroy();
    await server.close();
  });

  async function get(path = "/", options = {}): Promise<Answered> {
    const result = await http.http_background("t", `${server.base}${path}`, options);
    assert.ok(result.status !== undefined, result.error);
    return result;
  }

  for (const [about, , headers] of HEADS) {
    it(`has ${about}`, async () => assert.deepEqual([...(await get()).headers], headers));
  }

  it("finds a header by its name, whatever its case", async () => {
    const { headers } = await get();
    assert.equal(headers.get("X-ONE"), "1, 2");
    assert.deepEqual(headers.getAll("x-one"), ["1", "2"]);
    assert.equal(headers.get("x-two"), null);
    assert.equal(headers.has("content-length"), true);
    assert.equal(headers.length, 3);
    assert.equal(JSON.stringify(headers), '[["X-One","1"],["x-one","2"],["Content-Length","2"]]');
  });

  it("changes nothing for whoever compares, prints or copies the result", async () => {
    const result = await get();
    const plain = { status: 200, content: Buffer.from("ok") };
    assert.deepStrictEqual(result, plain);
    assert.equal(inspect(result), inspect(plain));
    assert.equal(JSON.stringify(result), JSON.stringify(plain));
    assert.deepEqual(Object.keys({ ...result }), ["status", "content"]);
    assert.deepEqual(Object.keys(structuredClone(result)), ["status", "content"]);
    assert.equal(result.headers, result.headers);
    assert.equal(Object.create(result).headers, undefined);
  });

  it("says the URL as it was asked for, without credentials and fragment", async () => {
    assert.equal((await get("/a/../b c?d#e".replace(" ", "%20"))).url, `${server.base}/b%20c?d`);
    const { url } = (await http.http_background("t", `http://u:p@127.0.0.1:${server.port}`)) as Answered;
    assert.equal(url, `${server.base}/`);
  });
});

describe("the headers and the URL after redirects", () => {
  it("are those of the last response", async () => {
    const redirect = "HTTP/1.1 302 F\r\nLocation: /last?q\r\nX-First: 1\r\nContent-Length: 0\r\n\r\n";
    const last = "HTTP/1.1 200 OK\r\nX-Last: 1\r\nContent-Length: 0\r\n\r\n";
    const server = await startScriptedServer([{ send: redirect }, { send: last }]);
    await using http = await createHttpBackground({ threads: [{ id: "t" }] });
    const result = (await http.http_background("t", server.base, { redirects: 1 })) as Answered;
    assert.equal(result.url, `${server.base}/last?q`);
    assert.deepEqual([...result.headers].slice(0, 1), [["X-Last", "1"]]);
    await server.close();
  });

  it("are there for an answer to HEAD, and for a head that the connection cut off", async () => {
    const cut: ServerEntry = { send: "HTTP/1.1 200 OK\r\nX-A: b\r\nX-C: d", end: true };
    const head: ServerEntry = { send: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" };
    const server = await startScriptedServer([head, cut]);
    await using http = await createHttpBackground({ threads: [{ id: "t" }] });
    const headed = (await http.http_background("t", server.base, { method: "HEAD" })) as Answered;
    assert.equal(headed.headers.get("content-length"), "5");
    const result = (await http.http_background("t", server.base)) as Answered;
    assert.deepEqual([...result.headers], [["X-A", "b"]]);
    await server.close();
  });
});
