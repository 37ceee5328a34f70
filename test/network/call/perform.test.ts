import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { headerOf } from "../../support/raw-request.ts";
import { type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { chunks, fileBody, plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };

describe("perform", () => {
  let server: ScriptedServer;
  let network: Network;

  before(async () => {
    server = await startScriptedServer();
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
  });
  after(async () => {
    await network.close();
    await server.close();
  });

  async function send(
    changes: Parameters<typeof transferTo>[1],
    path = "/",
  ): Promise<ScriptedServer["requests"][number]> {
    const outcome = await network.perform(transferTo(server.base + path, changes));
    assert.deepEqual(plainOutcome(outcome), OK);
    const request = server.requests.at(-1);
    assert.ok(request);
    return request;
  }

  it("sends a GET with the minimal headers", async () => {
    const request = await send({}, "/a?b=c");
    assert.deepEqual([request.method, request.target, request.framing], ["GET", "/a?b=c", "none"]);
    const headers = request.headers.filter(([name]) => name.toLowerCase() !== "connection");
    assert.deepEqual(headers, [
      ["host", `127.0.0.1:${server.port}`],
      ["Accept", "*/*"],
    ]);
  });

  it("sends a string as a POST with its length and type", async () => {
    const request = await send({ body: stringBody("a=b") });
    assert.deepEqual([request.method, request.framing, request.body.toString()], ["POST", "length", "a=b"]);
    assert.equal(headerOf(request, "content-type"), "application/x-www-form-urlencoded");
  });

  it("sends a File chunked", async () => {
    const body = fileBody(chunks("hello ", "", "world\n"));
    const request = await send({ body });
    assert.deepEqual(
      [request.method, request.framing, request.body.toString()],
      ["POST", "chunked", "hello world\n"],
    );
    assert.equal(headerOf(request, "content-type"), "application/octet-stream");
    assert.equal(body.isClosed, true);
  });

  it("sends an empty File chunked", async () => {
    for (const method of ["POST", "DELETE"]) {
      const request = await send({ method, body: fileBody(chunks()) });
      assert.deepEqual([request.method, request.framing, request.body.length], [method, "chunked", 0]);
    }
  });

  it("leaves the connection to others where a request cannot be signed", async () => {
    await send({});
    const accepted = server.connections.accepted;
    const login = { username: "u", password: "p" };
    for (const [awsSigv4, host, code] of [
      ["", "127.0.0.1", "BAD_FUNCTION_ARGUMENT"],
      ["aws:amz", "localhost", "URL_MALFORMAT"],
    ] as const) {
      const url = server.base.replace("127.0.0.1", host);
      const outcome = await network.perform(transferTo(url, { ...login, awsSigv4 }));
      assert.deepEqual(plainOutcome(outcome), { code });
    }
    await send({});
    assert.equal(server.connections.accepted, accepted + 1);
  });

  it("can wait for a connection longer than a timer of Node's can", async () => {
    const fresh = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
    const outcome = await fresh.perform(transferTo(server.base, { connectTimeout: 2_147_484 }));
    assert.deepEqual(plainOutcome(outcome), OK);
    await fresh.close();
  });
});
