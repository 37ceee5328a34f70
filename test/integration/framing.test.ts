import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground, type Post } from "../../host/index.ts";
import type { RawRequest } from "../support/raw-request.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const METHODS = [
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "PROPFIND",
  "QUERY",
  "REPORT",
  "x",
];
/** Larger than a body that is sent together with its head. */
const LARGE = "x".repeat(1 << 20);

describe("the framing of a body", () => {
  let server: ScriptedServer;
  let http: HttpBackground;
  before(async () => {
    http = await createHttpBackground({ threads: [{ id: "t" }] }, { env: {} });
  });
  beforeEach(async () => {
    await server?.close();
    server = await startScriptedServer();
  });
  after(async () => {
    await http.destroy();
    await server.close();
  });

  const send = async (method: string, headers: string[], post: Post): Promise<RawRequest> => {
    const { status } = await http.http_background("t", server.base, { method, headers }, post);
    assert.equal(status, 200, method);
    return server.requests.at(-1) as RawRequest;
  };

  it("is not part of a header whose value looks like it", async () => {
    const values = ["content-length: 0", "transfer-encoding: chunked", "connection: keep-alive"];
    const posts: [post: Post, length: number, framing: string][] = [
      ["", 0, "length"],
      ["x", 1, "length"],
      [LARGE, LARGE.length, "length"],
      [new Blob(["x"]), 1, "chunked"],
      [new Blob([LARGE]), LARGE.length, "chunked"],
      [[{ data: new Blob([LARGE]) }], -1, "length"],
    ];
    for (const value of values) {
      for (const method of METHODS) {
        for (const [post, length, framing] of posts) {
          const headers = ["Content-Type:", `X-Last: ${value}`];
          const request = await send(method, headers, post);
          const what = `${method} ${value} ${length}`;
          const last = request.headers.find(([name]) => name === "X-Last");
          assert.deepEqual([request.framing, last], [framing, ["X-Last", value]], what);
          if (length >= 0) assert.equal(request.body.length, length, what);
        }
      }
    }
    assert.equal(server.requests.length, values.length * METHODS.length * posts.length);
  });

  it("says that an empty body is empty, whatever the method", async () => {
    for (const method of METHODS) {
      const request = await send(method, [], "");
      assert.deepEqual([request.framing, request.body.length], ["length", 0], method);
    }
    const file = await send("DELETE", ["Content-Length: 0"], new Blob([]));
    assert.deepEqual([file.framing, file.body.length], ["length", 0]);
  });

  it("leaves a Host alone that looks like a Connection", async () => {
    const request = await send("POST", ["Host: connection: keep-alive", "Transfer-Encoding:"], new Blob([]));
    assert.deepEqual(request.headers.slice(0, 2), [
      ["host", "connection: keep-alive"],
      ["connection", "close"],
    ]);
  });
});
