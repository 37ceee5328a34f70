import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { constants, type ServerHttp2Stream } from "node:http2";
import { afterEach, describe, it } from "node:test";
import { BATCH_BYTES } from "../../../host/network/body/source.ts";
import { Network } from "../../../host/network/network.ts";
import type { PerformOptions } from "../../../host/network/transfer/perform-options.ts";
import type { Outcome, Transfer } from "../../../host/network/transfer/transfer.ts";
import { certificates } from "../../support/certificates.ts";
import {
  type Answer,
  type Http2Server,
  type Http2ServerOptions,
  sayOk,
  startHttp2Server,
} from "../../support/http2-server.ts";
import { headerOf, type RawRequest } from "../../support/raw-request.ts";
import { chunks, fileBody, plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
/** So long, calls wait to learn what a host speaks. */
const SLOW_DIAL_MS = 1000;

let server: Http2Server;
let network: Network;

async function start(answer?: Answer, options?: Http2ServerOptions, maxTotal = 0): Promise<void> {
  server = await startHttp2Server(answer, options);
  network = new Network([{ id: "t", maxTotal, maxHost: 0 }], { env: {}, ca: certificates().authority.cert });
}

function call(changes: Partial<Transfer> = {}, options?: PerformOptions, path = "/"): Promise<Outcome> {
  return network.perform(transferTo(`${server.base}${path}`, changes), options);
}

async function outcome(changes: Partial<Transfer> = {}, options?: PerformOptions): Promise<object> {
  return plainOutcome(await call(changes, options));
}

/** A server whose streams wait until the test answers them. */
class Held {
  readonly streams: ServerHttp2Stream[] = [];
  #wake: (() => void) | null = null;

  readonly onStream = (stream: ServerHttp2Stream): void => {
    stream.resume();
    this.streams.push(stream);
    this.#wake?.();
  };

  async count(streams: number): Promise<void> {
    while (this.streams.length < streams) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  answer(): void {
    for (const stream of this.streams.splice(0)) {
      if (stream.destroyed) continue;
      stream.respond({ ":status": 200 });
      stream.end("ok");
    }
  }
}

afterEach(async () => {
  await network.destroy();
  await server.close();
});

describe("a call over HTTP/2", () => {
  it("sends what HTTP/2 needs, and nothing that belongs to a connection of HTTP/1.1", async () => {
    await start();
    const headers = [
      "Host: other.test",
      "X-Twice: a",
      "x-twice:  b ",
      "Connection: close, x",
      "Keep-Alive: 5",
      "TE: gzip",
      "Upgrade: x",
      "Proxy-Connection: x",
      "Cookie: a=b",
      "Cookie: c=d",
      "X-Empty;",
    ];
    assert.deepEqual(await outcome({ headers, body: stringBody("abc") }), OK);
    const [request] = server.requests;
    assert.deepEqual(request?.headers, [
      ["host", "other.test"],
      ["accept", "*/*"],
      ["x-twice", "a"],
      ["x-twice", "b"],
      ["cookie", "a=b"],
      ["cookie", "c=d"],
      ["x-empty", ""],
      ["content-type", "application/x-www-form-urlencoded"],
      ["content-length", "3"],
    ]);
    assert.equal(request?.body.toString(), "abc");
  });

  it("sends and receives bytes as they are", async () => {
    await start((stream) => {
      stream.respond({ ":status": 302, location: "/\xe9\xff" });
      stream.end();
    });
    assert.deepEqual(await outcome({ headers: ["X: \xe9\x80"], redirects: 0 }), { status: 302, content: "" });
    assert.equal(headerOf(server.requests[0] ?? assert.fail(), "x"), "\xe9\x80");
    assert.deepEqual(await outcome({ redirects: 1 }), { code: "TOO_MANY_REDIRECTS" });
    assert.equal(server.requests.at(-1)?.target, "/%e9%ff");
  });

  it("sends a header twice that node:http2 allows once, if need be over HTTP/1.1", async () => {
    await start(undefined, { allowHTTP1: true });
    assert.deepEqual(await outcome({ headers: ["User-Agent: a", "User-Agent: b"] }), OK);
    const seen = server.requests[0]?.headers.flat() ?? server.http1Requests[0] ?? [];
    const agents = seen.filter((_, at) => seen[at - 1]?.toLowerCase() === "user-agent");
    assert.deepEqual(agents, ["a", "b"]);
  });

  it("does not happen if the call or its thread wants HTTP/1.1", async () => {
    await start(undefined, { allowHTTP1: true });
    assert.deepEqual(await outcome({ httpVersion: "1.1" }), OK);
    const old = new Network([{ id: "t", maxTotal: 0, maxHost: 0, httpVersion: "1.1" }], {
      env: {},
      ca: certificates().authority.cert,
    });
    assert.deepEqual(plainOutcome(await old.perform(transferTo(server.base))), OK);
    assert.deepEqual([server.http1Requests.length, server.requests.length], [2, 0]);
    assert.deepEqual(plainOutcome(await old.perform(transferTo(server.base, { httpVersion: "2" }))), OK);
    assert.deepEqual([server.http1Requests.length, server.requests.length], [2, 1]);
    await old.destroy();
    for (const httpVersion of ["", "1.0", "3", "2.0"])
      assert.deepEqual(await outcome({ httpVersion }), { code: "BAD_FUNCTION_ARGUMENT" }, httpVersion);
  });

  it("shares one connection with a hundred others, cold", async () => {
    const held = new Held();
    await start(undefined, { onStream: held.onStream });
    const started = performance.now();
    const calls = Array.from({ length: 100 }, () => outcome());
    await held.count(100);
    // On a slow machine, a handshake may take longer than the others wait for it.
    const isQuick = performance.now() - started < SLOW_DIAL_MS;
    if (isQuick) assert.deepEqual([server.counts.sessions, server.counts.mostStreams], [1, 100]);
    held.answer();
    for (const one of await Promise.all(calls)) assert.deepEqual(one, OK);
  });

  it("goes to another connection when a hundred are running", async () => {
    const held = new Held();
    await start(undefined, { onStream: held.onStream });
    const calls = Array.from({ length: 101 }, () => outcome());
    await held.count(101);
    // On a slow machine there may be more.
    assert.ok(server.counts.sessions >= 2);
    assert.ok(server.counts.mostStreams <= 100);
    held.answer();
    await Promise.all(calls);
  });

  it("waits for a stream if there may be no other connection", async () => {
    const held = new Held();
    await start(undefined, { onStream: held.onStream, settings: { maxConcurrentStreams: 3 } }, 1);
    const calls = Array.from({ length: 7 }, () => outcome());
    for (const streams of [3, 3, 1]) {
      await held.count(streams);
      assert.equal(held.streams.length, streams);
      held.answer();
    }
    for (const one of await Promise.all(calls)) assert.deepEqual(one, OK);
    assert.deepEqual(server.counts, { sessions: 1, mostStreams: 3 });
  });

  it("aborts only itself", async () => {
    const held = new Held();
    await start(undefined, { onStream: held.onStream });
    const controller = new AbortController();
    const [aborted, other] = [outcome({}, { signal: controller.signal }), outcome()];
    await held.count(2);
    const closed = once(held.streams[0] ?? assert.fail(), "close");
    controller.abort();
    assert.deepEqual(await aborted, { code: "ABORTED_BY_CALLBACK" });
    await closed;
    assert.equal(held.streams[0]?.rstCode, constants.NGHTTP2_CANCEL);
    held.answer();
    assert.deepEqual(await other, OK);
    assert.equal(server.counts.sessions, 1);
  });

  it("is not refused because the server does not take the bodies of others", async () => {
    const uploads = 99;
    await start(undefined, {
      onStream: (stream, { ":method": method }) => {
        if (method === "GET") sayOk(stream, {} as RawRequest);
      },
    });
    let begun = 0;
    let tell = (): void => {};
    const allBegun = new Promise<void>((resolve) => {
      tell = resolve;
    });
    const piece = Buffer.alloc(2 * BATCH_BYTES);
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let isFirst = true; ; isFirst = false) {
        if (isFirst && ++begun === uploads) setImmediate(tell);
        yield piece;
      }
    }
    const controller = new AbortController();
    const { signal } = controller;
    const posts = Array.from({ length: uploads }, () => outcome({ body: fileBody(endless()) }, { signal }));
    await allBegun;
    assert.deepEqual(await outcome(), OK);
    assert.equal(server.counts.sessions, 1);
    controller.abort();
    await Promise.all(posts);
  });

  it("ends at its timeout", async () => {
    await start(undefined, { onStream: () => {} });
    assert.deepEqual(await outcome({}, { timeoutMs: 50 }), { code: "OPERATION_TIMEDOUT" });
  });

  it("ends above max_file_size, announced or not", async () => {
    await start((stream, { target }) => {
      stream.respond({ ":status": 200, ...(target === "/long" ? { "content-length": "6" } : {}) });
      stream.end("123456");
    });
    for (const path of ["/", "/long"]) {
      const at = async (maxFileSize: number) => plainOutcome(await call({ maxFileSize }, {}, path));
      assert.deepEqual(await at(6), { status: 200, content: "123456" });
      assert.deepEqual(await at(5), { code: "FILESIZE_EXCEEDED" });
    }
  });

  it("streams a body in both directions", async () => {
    const text = "0123456789abcdef".repeat(64 * 1024);
    await start((stream, { body }) => {
      stream.respond({ ":status": 200 });
      stream.end(body);
    });
    const pieces = Array.from({ length: 16 }, (_, at) => text.slice(at * 65_536, (at + 1) * 65_536));
    const echoed = await call({ body: fileBody(chunks(...pieces)) });
    assert.ok("content" in echoed && echoed.content.equals(Buffer.from(text)));
    assert.equal(server.requests[0]?.framing, "chunked");
  });

  it("reads nothing more of a body than its stream can take", async () => {
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        await new Promise((resolve) => setImmediate(resolve));
        given += 65_536;
        yield Buffer.alloc(65_536);
      }
    }
    await start(undefined, { onStream: (stream) => void stream.respond({ ":status": 200 }) });
    assert.deepEqual(await outcome({ body: fileBody(endless()) }, { timeoutMs: 300 }), {
      code: "OPERATION_TIMEDOUT",
    });
    // The windows of the server and what lies in between.
    assert.ok(given < 1024 * 1024, String(given));
  });

  it("gives the answer to a body that the server does not want", async () => {
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.alloc(10);
      await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
    }
    await start(undefined, {
      onStream: (stream) => {
        stream.respond({ ":status": 413 });
        stream.end("no");
      },
    });
    assert.deepEqual(await outcome({ body: fileBody(slow()) }), { status: 413, content: "no" });
  });

  it("sends the rest of a body that the server may want, after the answer", async () => {
    let whole: (text: string) => void = () => {};
    const body = new Promise<string>((resolve) => {
      whole = resolve;
    });
    await start(undefined, {
      onStream: (stream) => {
        stream.respond({ ":status": 200 });
        stream.end("ok");
        stream
          .setEncoding("latin1")
          .toArray()
          .then((texts) => whole(texts.join("")));
      },
    });
    assert.deepEqual(await outcome({ body: fileBody(chunks("a", "b", "c", "d")) }), OK);
    assert.equal(await body, "abcd");
  });

  it("reads a HEAD, a 204 and a 304 without content", async () => {
    await start((stream, { method, target }) => {
      const length = method === "HEAD" ? { "content-length": "5" } : {};
      stream.respond({ ":status": Number(target.slice(1)), ...length }, { endStream: true });
    });
    assert.deepEqual(plainOutcome(await call({ method: "HEAD" }, {}, "/200")), { status: 200, content: "" });
    for (const status of [204, 304]) {
      assert.deepEqual(plainOutcome(await call({}, {}, `/${status}`)), { status, content: "" });
    }
  });

  it("ignores interim answers and trailers", async () => {
    await start((stream) => {
      stream.additionalHeaders({ ":status": 103, link: "</a>" });
      stream.additionalHeaders({ ":status": 100 });
      stream.respond({ ":status": 200 }, { waitForTrailers: true });
      stream.on("wantTrailers", () => stream.sendTrailers({ "x-trailer": "y" }));
      stream.end("ok");
    });
    assert.deepEqual(await outcome(), OK);
  });

  it("knows no larger heads than HTTP/1.1", async () => {
    const line = (size: number) => "a".repeat(size - "x: \r\n".length);
    const most = 100 * 1024 - 1;
    // HPACK sends it once, and its number for each further one.
    const many = Array.from({ length: 100 }, () => line(2900));
    const fixed = "HTTP/2 200 \r\n\r\n".length;
    const table: [heads: Record<string, string | string[]>, expected: object][] = [
      [{ x: line(most) }, OK],
      [{ x: line(most + 1) }, { code: "OUT_OF_MEMORY" }],
      [{ x: many, z: line(300 * 1024 - 100 * 2900 - fixed) }, OK],
      [{ x: many, z: line(300 * 1024 - 100 * 2900 - fixed + 1) }, { code: "RECV_ERROR" }],
      // No longer than nine frames, as nghttp2 sees it.
      [{ x: line(most), y: line(most), z: line(most) }, { code: "HTTP2" }],
      [{}, OK],
    ];
    let at = 0;
    await start(
      (stream) => {
        stream.respond({ ":status": 200, ...table[at]?.[0] }, { sendDate: false } as object);
        stream.end("ok");
      },
      { maxSendHeaderBlockLength: 1 << 20 },
    );
    for (const [, expected] of table) {
      assert.deepEqual(await outcome(), expected, String(at));
      at++;
    }
  });
});

describe("a connection of HTTP/2", () => {
  it("is not shared with another tenancy", async () => {
    await start();
    for (const tenancy of [null, "a", "b", "a", null]) await outcome({}, { tenancy });
    assert.equal(server.counts.sessions, 3);
  });

  it("is given up before a server has seen too many aborts", async () => {
    const held = new Held();
    await start(undefined, { onStream: held.onStream });
    for (let at = 0; at < 120; at++) {
      const controller = new AbortController();
      const aborted = outcome({}, { signal: controller.signal });
      await held.count(at + 1);
      controller.abort();
      await aborted;
    }
    assert.equal(server.counts.sessions, 2);
  });

  it("is used again, also if it allows one call at a time", async () => {
    await start(undefined, { settings: { maxConcurrentStreams: 1 } });
    for (let times = 0; times < 3; times++) assert.deepEqual(await outcome(), OK);
    assert.equal(server.counts.sessions, 1);
  });

  it("counts as one connection", async () => {
    const held = new Held();
    await start(undefined, { onStream: held.onStream }, 1);
    const calls = [outcome(), outcome()];
    await held.count(2);
    held.answer();
    await Promise.all(calls);
    assert.equal(server.counts.sessions, 1);
  });

  it("does not keep a waiter of another host waiting for ever", async () => {
    const held = new Held();
    await start(undefined, { onStream: held.onStream }, 1);
    const elsewhere = await startHttp2Server();
    try {
      const running = [outcome()];
      await held.count(1);
      const other = network.perform(transferTo(elsewhere.base));
      let isServed = false;
      void other.then(() => {
        isServed = true;
      });
      for (let at = 0; at < 200 && !isServed; at++) {
        running.push(outcome());
        if (held.streams.length > 1) held.answer();
        await new Promise((resolve) => setImmediate(resolve));
      }
      while (!isServed) {
        held.answer();
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.deepEqual(plainOutcome(await other), OK);
      const ending = Promise.all(running);
      const timer = setInterval(() => held.answer(), 1);
      await ending;
      clearInterval(timer);
    } finally {
      await elsewhere.close();
    }
  });
});

describe("a server that chooses HTTP/1.1", () => {
  it("gets more connections as soon as it has said so", async () => {
    await start();
    await server.close();
    server = await startHttp2Server(undefined, { ALPNProtocols: ["http/1.1"], allowHTTP1: true });
    let most = 0;
    const calls = Array.from({ length: 10 }, () => outcome());
    const timer = setInterval(() => {
      most = Math.max(most, network.stats().t?.active ?? 0);
    }, 1);
    await Promise.all(calls);
    clearInterval(timer);
    assert.ok(most > 1, String(most));
  });
});

describe("what is seen of HTTP/2 from outside", () => {
  it("is the protocol, in the events of connections and responses, and in the counts", async () => {
    await start();
    const seen: unknown[] = [];
    const notice = (message: unknown): void => void seen.push((message as { protocol: string }).protocol);
    const channels = ["http-background:connection:open", "http-background:response"];
    for (const name of channels) subscribe(name, notice);
    try {
      assert.deepEqual(await outcome(), OK);
    } finally {
      for (const name of channels) unsubscribe(name, notice);
    }
    assert.deepEqual(seen, ["h2", "h2"]);
    assert.deepEqual(network.stats().t, { queued: 0, active: 0, idle: 1, http2: 1, completed: 1, failed: 0 });
  });
});
