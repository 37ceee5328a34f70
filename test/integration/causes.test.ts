import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, it, type TestContext } from "node:test";
import { createHttpBackground, type HttpBackground, type Result, TransferError } from "../../host/index.ts";
import { certificates } from "../support/certificates.ts";
import { closedPort, listen } from "../support/listener.ts";
import { reset } from "../support/reset.ts";

function causeOf(result: Result, code: string): TransferError {
  assert.equal(result.code, code);
  assert.ok(result.cause instanceof TransferError, String(result.cause));
  return result.cause;
}

describe("the cause of a failure", () => {
  let http: HttpBackground;
  beforeEach(async () => {
    const { authority } = certificates();
    http = await createHttpBackground(
      { threads: [{ id: "t" }] },
      { ca: authority.cert, env: {}, policy: { block: ["127.0.0.66"] } },
    );
  });
  afterEach(() => http.destroy());

  it("is the system's, with the address", async () => {
    const port = await closedPort();
    const cause = causeOf(
      await http.http_background("t", `http://u:p@127.0.0.1:${port}/a?secret=1`),
      "COULDNT_CONNECT",
    );
    const { message, syscall, address, hop, url } = cause;
    assert.deepEqual(
      { message, code: cause.code, syscall, address, port: cause.port, hop, url },
      {
        message: `connecting to 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port}`,
        code: "ECONNREFUSED",
        syscall: "connect",
        address: "127.0.0.1",
        port,
        hop: 0,
        url: `http://127.0.0.1:${port}/a`,
      },
    );
    assert.equal((cause.cause as NodeJS.ErrnoException).code, "ECONNREFUSED");
  });

  it("is of the hop that failed", async (t) => {
    const port = await closedPort();
    const location = `http://127.0.0.1:${port}/b`;
    const server = await listen(t, (socket) => {
      socket.on("data", () =>
        socket.write(`HTTP/1.1 302 F\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`),
      );
    });
    const base = `http://127.0.0.1:${server.port}/`;
    const cause = causeOf(await http.http_background("t", base, { redirects: 1 }), "COULDNT_CONNECT");
    assert.deepEqual([cause.hop, cause.url, cause.code], [1, location, "ECONNREFUSED"]);
    const loop = await listen(t, (socket) => {
      socket.on("data", () =>
        socket.write("HTTP/1.1 302 F\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"),
      );
    });
    const many = causeOf(
      await http.http_background("t", `http://127.0.0.1:${loop.port}/`, { redirects: 2 }),
      "TOO_MANY_REDIRECTS",
    );
    assert.deepEqual([many.hop, many.code, many.address], [2, undefined, "127.0.0.1"]);
  });

  it("is what is wrong with a certificate", async (t) => {
    const { good, stranger } = await servers(t);
    const refused = causeOf(
      await http.http_background("t", `https://localhost:${stranger}/`),
      "PEER_FAILED_VERIFICATION",
    );
    assert.match(refused.code ?? "", /SELF_SIGNED|UNABLE_TO/);
    assert.match(refused.message, /certificate/);
    assert.match(refused.address ?? "", /^(127\.0\.0\.1|::1)$/);
    const misnamed = causeOf(
      await http.http_background("t", `https://127.0.0.9:${good}/`),
      "PEER_FAILED_VERIFICATION",
    );
    assert.ok(
      misnamed.message.length > 10 &&
        misnamed.message !== "SSL peer certificate or SSH remote key was not OK",
    );
    assert.equal(misnamed.address, "127.0.0.9");
  });

  it("is a connection that was reset, and its address", async (t) => {
    const server = await listen(t, (socket: Socket) => {
      socket.on("data", () =>
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx", () => reset(socket)),
      );
    });
    const cause = causeOf(await http.http_background("t", `http://127.0.0.1:${server.port}/`), "RECV_ERROR");
    assert.deepEqual([cause.code, cause.address, cause.hop], ["ECONNRESET", "127.0.0.1", 0]);
  });

  it("is what the caller's own object threw", async (t) => {
    const server = await listen(t, (socket) => void socket.resume());
    const thrown = new Error("the disk is on fire");
    const post = {
      async *[Symbol.asyncIterator]() {
        yield Buffer.from("x");
        throw thrown;
      },
    };
    const cause = causeOf(
      await http.http_background("t", `http://127.0.0.1:${server.port}/`, {}, post),
      "READ_ERROR",
    );
    assert.equal(cause.message, thrown.message);
    assert.equal(cause.cause, thrown);
  });

  it("is there also where nothing was asked for", async () => {
    const cause = causeOf(await http.http_background("t", "http://a b/"), "URL_MALFORMAT");
    assert.deepEqual([cause.hop, cause.url, cause.cause], [0, undefined, undefined]);
    const result = await http.http_background("t", "http://127.0.0.1:1/", { headers: ["A: 1\r\nB: 2"] });
    assert.equal(result.code, "BAD_FUNCTION_ARGUMENT");
  });

  it("is not told where the policy denies", async () => {
    const result = await http.http_background("t", "http://127.0.0.66/");
    assert.equal(result.code, "DENIED");
    assert.equal(result.cause, undefined);
  });

  it("is made when it is asked for, and only once", async () => {
    const result = await http.http_background("t", "gopher://a.test/");
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    const cause = causeOf(result, "UNSUPPORTED_PROTOCOL");
    Error.stackTraceLimit = limit;
    assert.doesNotMatch(String(cause.stack), /\n {4}at /, "it was made before");
    assert.equal(result.cause, cause);
  });

  it("can be replaced", async () => {
    const result = await http.http_background("t", "gopher://a.test/");
    const own = causeOf(await http.http_background("t", "http://a:b:c/"), "URL_MALFORMAT");
    result.cause = own;
    assert.equal(result.cause, own);
    assert.deepEqual(Object.keys(result), ["error", "code"]);
  });

  it("is left out where results are compared, copied and printed", async () => {
    const result = await http.http_background("t", "http://127.0.0.1:1/");
    assert.deepEqual(result, { error: "Couldn't connect to server", code: "COULDNT_CONNECT" });
    assert.deepEqual(Object.keys(result), ["error", "code"]);
    assert.equal(JSON.stringify(result), '{"error":"Couldn\'t connect to server","code":"COULDNT_CONNECT"}');
    assert.ok("cause" in result && !("cause" in { ...result }));
  });
});

/** Ports of two servers: one with a trusted certificate for `localhost`, and one with another certificate. */
async function servers(t: TestContext): Promise<{ good: number; stranger: number }> {
  const { good, selfSigned } = certificates();
  const start = async (pair: { key: string; cert: string }): Promise<number> =>
    (await listen(t, () => {}, { host: "0.0.0.0", tls: { key: pair.key, cert: pair.cert } })).port;
  return { good: await start(good), stranger: await start(selfSigned) };
}
