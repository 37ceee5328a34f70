import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { headerOf } from "../../support/raw-request.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { chunks, fileBody, plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };

describe("a body", () => {
  let server: ScriptedServer;
  let network: Network;

  beforeEach(async () => {
    server = await startScriptedServer();
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
  });
  afterEach(async () => {
    await network.destroy();
    await server.close();
  });

  const call = async (changes: Partial<Transfer>): Promise<unknown> =>
    plainOutcome(await network.perform(transferTo(server.base, changes)));

  it("that is a string has its true length, whatever the caller says", async () => {
    for (const length of ["1", "99", ""]) {
      assert.deepEqual(
        await call({ body: stringBody("abc"), headers: [`Content-Length: ${length}`.trim()] }),
        OK,
      );
      const request = server.requests.at(-1);
      assert.deepEqual([request?.framing, request?.body.toString()], ["length", "abc"]);
    }
  });

  it("that is a string is chunked if the caller wishes", async () => {
    for (const text of ["abc", ""]) {
      assert.deepEqual(await call({ body: stringBody(text), headers: ["Transfer-Encoding: chunked"] }), OK);
      const request = server.requests.at(-1);
      assert.deepEqual([request?.framing, request?.body.toString()], ["chunked", text]);
    }
    assert.equal(server.connections.accepted, 1);
  });

  it("that is a File has the length that the caller says", async () => {
    const headers = ["Content-Length: 5"];
    assert.deepEqual(await call({ body: fileBody(chunks("hel", "lo")), headers }), OK);
    const request = server.requests.at(-1);
    assert.deepEqual([request?.framing, request?.body.toString()], ["length", "hello"]);
  });

  it("of another length than was said is a READ_ERROR, and never looks complete", async () => {
    for (const texts of [[], ["hell"], ["hell", "o!"], ["hello!"]]) {
      const outcome = await call({ body: fileBody(chunks(...texts)), headers: ["Content-Length: 5"] });
      assert.deepEqual(outcome, { code: "READ_ERROR" });
    }
    const parts = { kind: "multipart" as const, contentType: "multipart/form-data; boundary=b", length: 5 };
    assert.deepEqual(await call({ body: fileBody(chunks("hell"), parts) }), { code: "READ_ERROR" });
    assert.deepEqual([server.requests.length, network.stats().t?.idle], [0, 0]);
  });

  it("whose source fails is a READ_ERROR, and closes the connection", async () => {
    async function* failing(error: unknown): AsyncGenerator<Uint8Array> {
      yield* chunks("some");
      throw error;
    }
    for (const error of [new Error("disk"), new TransferFailure("READ_ERROR"), null]) {
      const body = fileBody(failing(error));
      assert.deepEqual(await call({ body }), { code: "READ_ERROR" });
      assert.equal(body.isClosed, true);
    }
    while (server.connections.open > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([server.requests.length, server.leftovers.length], [0, 3]);
  });

  it("of a multipart post comes with the type that the guest has made, and no other", async () => {
    const body = { ...stringBody("--b--\r\n"), kind: "multipart" as const };
    const contentType = "multipart/related; boundary=b";
    assert.deepEqual(
      await call({ body: { ...body, contentType }, headers: ["content-type: multipart/related"] }),
      OK,
    );
    const types = server.requests[0]?.headers.filter(([name]) => /^content-type$/i.test(name));
    assert.deepEqual(types, [["Content-Type", contentType]]);
  });

  it("of a File comes with the File's type after the caller's headers", async () => {
    assert.deepEqual(await call({ body: fileBody(chunks("x")), headers: ["Content-Type;", "X-A: 1"] }), OK);
    const headers = server.requests[0]?.headers.slice(-4, -1);
    assert.deepEqual(headers, [
      ["Content-Type", ""],
      ["X-A", "1"],
      ["Content-Type", "application/octet-stream"],
    ]);
  });

  it("keeps the connection, whatever the method", async () => {
    for (const method of ["GET", "DELETE", "OPTIONS", "HEAD", "patch", "QUERY", "M-SEARCH"]) {
      assert.deepEqual(await call({ method, body: method === "HEAD" ? null : stringBody("x") }), {
        ...OK,
        content: method === "HEAD" ? "" : "ok",
      });
    }
    assert.equal(server.connections.accepted, 1 + 1);
    assert.equal(headerOf(server.requests[0] ?? assert.fail(), "connection"), "keep-alive");
  });

  it("is not sent at all where a header or the method cannot be", async () => {
    const refused: Partial<Transfer>[] = [
      { headers: ["X-A: 1\r\nX-Evil: 2"] },
      { headers: ["X A: 1"] },
      { headers: ["X-A: \x01"] },
      { method: "" },
      { method: "G T" },
      { method: "GET / HTTP/1.1\r\nX: y" },
      { method: "CONNECT" },
    ];
    for (const changes of refused) {
      const body = fileBody(chunks("x"));
      assert.deepEqual(await call({ ...changes, body }), { code: "BAD_FUNCTION_ARGUMENT" });
      assert.deepEqual([body.started, body.isClosed], [false, true]);
    }
    assert.equal(server.connections.accepted, 0);
  });
});
