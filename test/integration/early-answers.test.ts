import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { after, before, describe, it, type TestContext } from "node:test";
import { createHttpBackground, type HttpBackground, type Post } from "../../host/index.ts";
import { certificates } from "../support/certificates.ts";
import { FILE_MAKERS, TemporaryFiles } from "../support/files.ts";
import { startHttpProxy } from "../support/http-proxy.ts";
import { type LeavingServers, startLeavingServers } from "../support/leaving-servers.ts";
import { listen } from "../support/listener.ts";

/** More bytes than fit into the buffers of two sockets. */
const BYTES = Buffer.alloc(12_000_000, "x");
/** curl loses one call in ten, or more. */
const RUNS = 3;

const POSTS: { name: string; make(files: TemporaryFiles): Promise<Post> }[] = [
  { name: "a string", make: async () => BYTES.toString("latin1") },
  { name: "bytes", make: async () => BYTES },
  ...FILE_MAKERS.map(({ name, make }) => ({ name, make: (files: TemporaryFiles) => make(BYTES, files) })),
  { name: "parts", make: async () => ({ f: { data: BYTES }, g: { data: "x" } }) },
  { name: "encoded parts", make: async () => ({ f: { data: new Blob([BYTES]), encoder: "base64" } }) },
];

const ANSWERS = {
  413: "HTTP/1.1 413 X\r\nContent-Length: 2\r\n\r\nno",
  302: "HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 2\r\n\r\nno",
  200: "HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\nok",
};

describe("an answer that comes while a body is sent", () => {
  let files: TemporaryFiles;
  let plugin: HttpBackground;
  let leaving: LeavingServers;
  before(async () => {
    files = await TemporaryFiles.create();
    const ca = certificates().authority.cert;
    plugin = await createHttpBackground({ threads: [{ id: "t", max_host: 1 }] }, { env: {}, ca });
    leaving = await startLeavingServers();
  });
  after(async () => {
    leaving.stop();
    await plugin.destroy();
    await files[Symbol.asyncDispose]();
  });

  const call = (url: string, post?: Post, options = {}, settings = {}) =>
    plugin.http_background("t", url, { timeout: 30, ...options }, post, settings);

  for (const { name, make } of POSTS) {
    it(`is the result, whatever becomes of the connection: ${name}`, async () => {
      for (const [does, port] of Object.entries(leaving.ports)) {
        for (let run = 0; run < RUNS; run++) {
          const url = `${does.endsWith("S") ? "https" : "http"}://127.0.0.1:${port}/`;
          const { status, code, content } = await call(url, await make(files));
          assert.deepEqual({ does, status, code }, { does, status: 413, code: undefined });
          assert.equal(String(content), "large");
        }
      }
    });

    it(`ends the connection if the peer has read no further: ${name}`, async (t) => {
      for (const [how, { url, options, server }] of Object.entries(await startStalling(t, ANSWERS[413]))) {
        const { accepted } = server;
        assert.deepEqual(await brief(call(url, await make(files), options)), { status: 413, content: "no" });
        assert.deepEqual(await brief(call(url, undefined, options)), { status: 413, content: "no" }, how);
        assert.equal(server.accepted, accepted + 2);
      }
    });
  }

  it("is followed at once if it is a redirect, on another connection", async (t) => {
    let answer = ANSWERS[302];
    const server = await listen(t, (socket) => {
      stall(socket, answer);
      answer = ANSWERS[200];
    });
    const url = `http://127.0.0.1:${server.port}/`;
    assert.deepEqual(await brief(call(url, BYTES, { redirects: 1 })), { status: 200, content: "ok" });
    assert.equal(server.accepted, 2);
  });

  it("does not cut off a body that the peer goes on reading", async (t) => {
    let size = 0;
    const server = await listen(t, (socket) => {
      socket.on("data", (chunk) => {
        if (size === 0) socket.write(ANSWERS[200]);
        if (chunk.includes("GET ")) socket.write(ANSWERS[200]);
        size += chunk.length;
        socket.pause();
        setImmediate(() => socket.resume());
      });
    });
    const url = `http://127.0.0.1:${server.port}/`;
    for (const { make } of POSTS) {
      size = 0;
      assert.deepEqual(await brief(call(url, await make(files))), { status: 200, content: "ok" });
      assert.deepEqual(await brief(call(url)), { status: 200, content: "ok" });
      assert.ok(size > BYTES.length, `${size} bytes arrived`);
    }
    assert.equal(server.accepted, 1);
  });

  it("waits for the rest of the body until the call is out of time, as in curl", async (t) => {
    const silent = Readable.from(
      (async function* () {
        yield "x";
        await new Promise(() => {});
      })(),
    );
    for (const post of [BYTES, new Blob([BYTES]), silent]) {
      const server = await listen(t, (socket) => stall(socket, ANSWERS[200]));
      const url = `http://127.0.0.1:${server.port}/`;
      assert.equal((await call(url, post, {}, { timeoutMs: 300 })).code, "OPERATION_TIMEDOUT");
      assert.deepEqual(await brief(call(url)), { status: 200, content: "ok" });
      assert.equal(server.accepted, 2);
    }
  });

  it("ends the upload from status 300 on, as in curl", async (t) => {
    const ends: Record<number, unknown> = {};
    for (const status of [299, 300, 304, 399, 400]) {
      const server = await listen(t, (socket) =>
        stall(socket, `HTTP/1.1 ${status} X\r\nContent-Length: 0\r\n\r\n`),
      );
      // Only what is not ended waits for the time to be over.
      const timeoutMs = status < 300 ? 300 : 20_000;
      const result = await call(`http://127.0.0.1:${server.port}/`, BYTES, {}, { timeoutMs });
      ends[status] = result.status ?? result.code;
    }
    assert.deepEqual(ends, { 299: "OPERATION_TIMEDOUT", 300: 300, 304: 304, 399: 399, 400: 400 });
  });

  it("is the result as soon as the peer closes, although the source has stopped in the middle", async (t) => {
    const silent = Readable.from(
      (async function* () {
        yield "x";
        await new Promise(() => {});
      })(),
    );
    const server = await listen(t, (socket) =>
      socket.once("data", () => socket.write(ANSWERS[200], () => setTimeout(() => socket.destroy(), 50))),
    );
    assert.equal((await call(`http://127.0.0.1:${server.port}/`, silent)).status, 200);
    assert.ok(silent.destroyed);
  });

  for (const [who, waits] of Object.entries({
    source: { source: 1500, peer: 0, isSecure: false },
    peer: { source: 0, peer: 1500, isSecure: false },
    "source over TLS": { source: 1500, peer: 0, isSecure: true },
    "peer over TLS": { source: 0, peer: 1500, isSecure: true },
  })) {
    it(`does not cut off the body however long its ${who} pauses`, async (t) => {
      let size = 0;
      let tell = (): void => {};
      const isWhole = new Promise<void>((resolve) => {
        tell = resolve;
      });
      const { good } = certificates();
      const tls = { key: good.key, cert: good.cert };
      const onConnection = (socket: Socket): void => {
        socket.once("data", () => {
          socket.write(ANSWERS[200]);
          socket.pause();
          setTimeout(() => socket.resume(), waits.peer);
        });
        socket.on("data", (chunk) => {
          size += chunk.length;
          if (size > BYTES.length) tell();
        });
      };
      const server = await listen(t, onConnection, waits.isSecure ? { tls } : {});
      const pausing = Readable.from(
        (async function* () {
          yield BYTES.subarray(0, 1000);
          await new Promise((resolve) => setTimeout(resolve, waits.source));
          yield BYTES.subarray(1000);
        })(),
      );
      const options = { headers: [`Content-Length: ${BYTES.length}`] };
      const url = `${waits.isSecure ? "https" : "http"}://127.0.0.1:${server.port}/`;
      assert.deepEqual(await brief(call(url, pausing, options)), { status: 200, content: "ok" });
      await isWhole;
    });
  }

  for (const isSecure of [false, true]) {
    it(`does not cut off the body if the peer says more behind it${isSecure ? ", over TLS" : ""}`, async (t) => {
      const { good } = certificates();
      const sizes: number[] = [];
      let sayMore = (): void => {};
      // Only then. What is read together with the answer cuts off the body, also in curl.
      const onAnswerRead = (): void => sayMore();
      subscribe("undici:request:trailers", onAnswerRead);
      t.after(() => unsubscribe("undici:request:trailers", onAnswerRead));
      const onConnection = (socket: Socket): void => {
        const index = sizes.push(0) - 1;
        // Otherwise Nagle's algorithm keeps back what comes behind the answer.
        socket.setNoDelay(true);
        socket.once("data", () => {
          socket.pause();
          socket.write(ANSWERS[200]);
          sayMore = () => {
            socket.write(ANSWERS[413]);
            setImmediate(() => socket.resume().write(ANSWERS[413]));
          };
        });
        socket.on("data", (chunk) => {
          sizes[index] = (sizes[index] as number) + chunk.length;
        });
      };
      const server = await listen(
        t,
        onConnection,
        isSecure ? { tls: { key: good.key, cert: good.cert } } : {},
      );
      const url = `${isSecure ? "https" : "http"}://127.0.0.1:${server.port}/`;
      for (const [index, { name, make }] of POSTS.entries()) {
        assert.deepEqual(await brief(call(url, await make(files))), { status: 200, content: "ok" }, name);
        // The connection is not used again.
        await server.allGone();
        assert.ok((sizes[index] as number) > BYTES.length, `${name}: ${sizes[index]} bytes arrived`);
      }
      assert.equal(server.accepted, POSTS.length);
    });
  }

  it("is nothing if the source fails behind it", async (t) => {
    const server = await listen(t, (socket) =>
      socket.once("data", () => socket.write(ANSWERS[200])).resume(),
    );
    const failing = Readable.from(
      (async function* () {
        yield "x";
        await new Promise((resolve) => setTimeout(resolve, 50));
        throw new Error("no more");
      })(),
    );
    const { code } = await call(`http://127.0.0.1:${server.port}/`, failing);
    assert.equal(code, "READ_ERROR");
  });
});

/** Reads only the first bytes of a request, and answers. */
function stall(socket: Socket, answer: string): void {
  socket.once("data", () => {
    socket.pause();
    socket.write(answer);
  });
}

/** A server that stalls, reached in each way. */
async function startStalling(t: TestContext, answer: string) {
  const { good } = certificates();
  const plain = await listen(t, (socket) => stall(socket, answer));
  const secure = await listen(t, (socket) => stall(socket, answer), {
    tls: { key: good.key, cert: good.cert },
  });
  const tunnel = await startHttpProxy(t);
  const proxy = `http://127.0.0.1:${tunnel.port}`;
  return {
    plain: { url: `http://127.0.0.1:${plain.port}/`, options: {}, server: plain },
    secure: { url: `https://127.0.0.1:${secure.port}/`, options: {}, server: secure },
    tunnelled: { url: `https://127.0.0.1:${secure.port}/`, options: { proxy }, server: secure },
    forwarded: {
      url: "http://target.test/",
      options: { proxy: `http://127.0.0.1:${plain.port}` },
      server: plain,
    },
  };
}

/** A result in a form that tests compare. */
async function brief(result: ReturnType<HttpBackground["http_background"]>) {
  const { status, content, code } = await result;
  return code === undefined ? { status, content: String(content) } : { code };
}
