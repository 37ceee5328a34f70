import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { ACCEPTED } from "../../host/network/decoding/codings.ts";
import { certificates } from "../support/certificates.ts";
import { FLAG, FRAME, frame, STATUS_204, startFrameServer } from "../support/frame-server.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const BIG = "0123456789abcdef".repeat(64 * 1024);

/** Answers as its path says: what it saw, a redirect, or something special. */
class Server {
  readonly seen: Seen[] = [];
  readonly http = createServer(
    (request, response) =>
      void this.#answer(
        request,
        response.on("error", () => {}),
      ),
  );
  origin = "";
  /** The response of `/held`. */
  held: ServerResponse | undefined;

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const { pathname, searchParams } = new URL(url, this.origin);
    if (pathname === "/echo") return void request.pipe(response);
    const seen = { method, url, headers, body: (await buffer(request)).toString("latin1") };
    this.seen.push(seen);
    const status = Number(searchParams.get("status") ?? 200);
    if (pathname === "/silent") return;
    if (pathname === "/loop") return void response.writeHead(302, { location: "/loop" }).end();
    const location = searchParams.get("to");
    if (location !== null)
      return void response.writeHead(status, { location, "content-length": 4 }).end("gone");
    if (pathname === "/held") {
      this.held = response;
      return void response.write("first");
    }
    if (pathname === "/coded") return this.#encode(response, searchParams.get("coding") ?? "");
    response.writeHead(status, { "set-cookie": ["a=1", "b=2"], "x-a": "b" });
    response.end(JSON.stringify(seen));
  }

  #encode(response: ServerResponse, coding: string): void {
    const coders: Record<string, (text: Buffer) => Buffer> = {
      gzip: gzipSync,
      deflate: deflateSync,
      br: brotliCompressSync,
    };
    let content: Buffer = Buffer.from(BIG);
    for (const name of coding.split(", ")) content = coders[name]?.(content) ?? content;
    response.writeHead(200, { "content-encoding": coding }).end(content);
  }
}

describe("http.fetch", () => {
  const server = new Server();
  const other = new Server();
  let http: HttpBackground;
  let fetch: typeof globalThis.fetch;
  before(async () => {
    for (const one of [server, other]) {
      await once(one.http.listen(0, "127.0.0.1"), "listening");
      one.origin = `http://127.0.0.1:${(one.http.address() as AddressInfo).port}`;
    }
    const config = { threads: [{ id: "t" }] };
    http = await createHttpBackground(config, { policy: { block: ["192.0.2.1"] }, env: {} });
    fetch = http.fetch("t");
  });
  after(async () => {
    // Nothing is left behind.
    await http.close();
    for (const one of [server, other]) {
      one.http.closeAllConnections();
      one.http.close();
    }
  });

  const last = (): Seen => server.seen.at(-1) as Seen;

  /** What is sent must be the same as with Node's own fetch, for each way to say it. */
  const bodies: Readonly<
    Record<
      string,
      () => {
        body: Exclude<RequestInit["body"], undefined>;
        duplex?: "half";
        headers?: Record<string, string>;
      }
    >
  > = {
    text: () => ({ body: "tëxt" }),
    bytes: () => ({ body: new Uint8Array([1, 2, 255]) }),
    "part of a buffer": () => ({ body: new Uint8Array(new ArrayBuffer(10), 2, 3) }),
    form: () => ({ body: new URLSearchParams({ a: "b c" }) }),
    blob: () => ({ body: new Blob(["blob"], { type: "x/y" }) }),
    "blob without a type": () => ({ body: new Blob(["blob"]) }),
    "text of another type": () => ({
      body: "{}",
      headers: { "content-type": "application/json", "x-empty": "" },
    }),
    "a stream": () => ({ body: new Blob([BIG]).stream(), duplex: "half" }),
  };
  for (const [name, make] of Object.entries(bodies)) {
    it(`sends what Node's fetch sends: ${name}`, async () => {
      const sent: object[] = [];
      for (const way of [globalThis.fetch, fetch]) {
        const url = `${server.origin}/x?q=%20#fragment`;
        const response = await way(url, { method: "PUT", ...make() });
        assert.equal(response.status, 200);
        await response.arrayBuffer();
        const { method, url: target, headers, body } = last();
        const {
          "content-type": type,
          "content-length": length,
          "transfer-encoding": coding,
          accept,
        } = headers;
        sent.push({ method, target, type, length, coding, accept, empty: headers["x-empty"], body });
      }
      assert.deepEqual(sent[1], sent[0]);
    });
  }

  it("sends a Request, and a FormData with its length", async () => {
    const form = new FormData();
    form.append("f", new File(["x"], "n.txt"));
    await fetch(`${server.origin}/`, { method: "POST", body: form });
    assert.match(last().headers["content-type"] ?? "", /^multipart\/form-data; boundary=/);
    assert.equal(Number(last().headers["content-length"]), last().body.length);
    assert.ok(last().body.includes('filename="n.txt"'));
    const request = new Request(`${server.origin}/`, { method: "POST", body: "x", headers: { "x-h": "é" } });
    await fetch(request);
    assert.equal(last().body, "x");
    assert.equal(last().headers["content-length"], "1");
    assert.equal(last().headers["x-h"], "é");
  });

  it("answers with a Response", async () => {
    const response = await fetch(new URL("/r?status=404", server.origin));
    assert.ok(response instanceof Response);
    assert.equal(response.status, 404);
    assert.equal(response.ok, false);
    assert.equal(response.url, `${server.origin}/r?status=404`);
    assert.equal(response.redirected, false);
    assert.deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
    const clone = response.clone();
    assert.equal(clone.url, response.url);
    assert.equal(((await response.json()) as Seen).method, "GET");
    assert.equal(((await clone.json()) as Seen).method, "GET");
    assert.equal((await fetch(`${server.origin}/?status=204`)).body, null);
    assert.equal((await fetch(server.origin, { method: "HEAD" })).body, null);
  });

  it("follows redirects as Fetch says", async () => {
    const rows: readonly (readonly [status: number, method: string, then: string, keepsBody: boolean])[] = [
      [301, "POST", "GET", false],
      [302, "PUT", "PUT", true],
      [303, "PUT", "GET", false],
      [303, "HEAD", "HEAD", false],
      [307, "POST", "POST", true],
      [308, "DELETE", "DELETE", true],
    ];
    for (const [status, method, then, keepsBody] of rows) {
      const body = method === "HEAD" ? null : "body";
      const headers = { authorization: "x", cookie: "c", "x-own": "y" };
      for (const target of [server, other]) {
        const to = encodeURIComponent(`${target.origin}/end`);
        const url = `${server.origin}/?status=${status}&to=${to}`;
        const response = await fetch(url, { method, body, headers });
        assert.equal(response.url, `${target.origin}/end`);
        assert.equal(response.redirected, true);
        const seen = target.seen.at(-1) as Seen;
        assert.deepEqual([seen.method, seen.body], [then, keepsBody ? "body" : ""], `${status} ${method}`);
        assert.equal("content-type" in seen.headers, keepsBody);
        assert.equal(seen.headers.authorization, target === server ? "x" : undefined);
        assert.equal(seen.headers.cookie, target === server ? "c" : undefined);
        assert.equal(seen.headers["x-own"], "y");
      }
    }
  });

  it("calls a response as Node's own fetch does, of which origin it may be", async () => {
    const to = (target: string, next: string) => `${target}/?status=302&to=${encodeURIComponent(next)}`;
    const rows: readonly (readonly [url: string, type: Response["type"]])[] = [
      [`${server.origin}/end`, "basic"],
      [to(server.origin, `${server.origin}/end`), "basic"],
      [to(server.origin, `${other.origin}/end`), "cors"],
      [to(server.origin, to(other.origin, `${server.origin}/end`)), "cors"],
    ];
    for (const [url, type] of rows) {
      const response = await fetch(url);
      const theirs = await globalThis.fetch(url);
      assert.deepEqual([response.type, response.clone().type, theirs.type], [type, type, type], url);
      await Promise.all([response.arrayBuffer(), theirs.arrayBuffer()]);
    }
  });

  it("does not read the endless content of a redirect, whatever length it has", async () => {
    const pouring = createTcpServer((socket) => {
      const pour = (): boolean => socket.write(`fff\r\n${"x".repeat(0xfff)}\r\n`);
      const lines = ["HTTP/1.1 302 X", `Location: ${server.origin}/end`, "Content-Length: 5"];
      socket
        .on("error", () => {})
        .once("data", () => {
          socket.write(`${lines.join("\r\n")}\r\nTransfer-Encoding: chunked\r\n\r\n`);
          while (pour());
          socket.on("drain", pour);
        });
    });
    await once(pouring.listen(0, "127.0.0.1"), "listening");
    const { port } = pouring.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(30_000) });
    assert.equal(response.url, `${server.origin}/end`);
    await response.arrayBuffer();
    pouring.close();
    await once(pouring, "close");
  });

  it("does not wait for the end of a response that has no content", async (t) => {
    const { base } = await startFrameServer(t, {
      onRequest: (peer, stream) => peer.send(frame(FRAME.headers, FLAG.endHeaders, stream, STATUS_204)),
    });
    const own = await createHttpBackground({ threads: [{ id: "t" }] }, { ca: certificates().authority.cert });
    assert.equal((await own.fetch("t")(base)).body, null);
    // This waits for all calls.
    await own.close();
  });

  it("cancels a body that was not sent", async () => {
    const cancelled = new Promise((resolve) => {
      const body = new ReadableStream({ cancel: resolve });
      const request = { method: "POST", body, duplex: "half" } as RequestInit;
      assert.rejects(fetch("http://192.0.2.1/", request), TypeError);
    });
    assert.ok((await cancelled) instanceof TypeError);
  });

  it("cancels a body with the reason of the signal, while the server does not read", async (t) => {
    const controller = new AbortController();
    const reason = new Error("mine");
    const unread = createTcpServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.pause();
        controller.abort(reason);
      });
    });
    await once(unread.listen(0, "127.0.0.1"), "listening");
    t.after(() => unread.close());
    const url = `http://127.0.0.1:${(unread.address() as AddressInfo).port}/`;
    const cancelled = new Promise((resolve) => {
      // So much that its sender does not ask for the next piece.
      const body = new ReadableStream({
        start: (stream) => stream.enqueue(Buffer.alloc(64 * BIG.length)),
        cancel: resolve,
      });
      const request = { method: "POST", body, duplex: "half", signal: controller.signal } as RequestInit;
      assert.rejects(fetch(url, request), reason);
    });
    assert.equal(await cancelled, reason);
  });

  it("refuses a body with a chunk that is no Uint8Array, at once or later", async () => {
    for (const chunk of ["text", 5, null, [1], new ArrayBuffer(1), new Uint16Array(1), { length: 1 }]) {
      for (const isLate of [false, true]) {
        let reason: unknown;
        const body = new ReadableStream({
          async pull(controller) {
            controller.enqueue(Buffer.from("first"));
            if (isLate) await nextTurn();
            if (isLate) await nextTurn();
            controller.enqueue(chunk);
          },
          cancel(given) {
            reason = given;
          },
        });
        const request = { method: "POST", body, duplex: "half" } as RequestInit;
        await assert.rejects(fetch(`${server.origin}/echo`, request), {
          name: "TypeError",
          message: "fetch failed",
        });
        assert.ok(reason instanceof TypeError, `${String(chunk)} ${isLate}`);
      }
    }
  });

  it("sends again what is no stream: any value as its text, and a long text of a Request, with its length", async () => {
    const url = `${server.origin}/?status=307&to=/`;
    const post = (body: unknown): RequestInit => ({ method: "POST", body: body as string });
    const asked: [input: string | Request, init: RequestInit | undefined, length: number][] = [
      [url, post(5), 1],
      [url, post(Object("text")), 4],
      [url, post({ toString: () => "object" }), 6],
      [new Request(url, post(BIG)), undefined, BIG.length],
      [new Request(url, post(Buffer.from(BIG))), undefined, BIG.length],
      [new Request(url, post(BIG)).clone(), undefined, BIG.length],
    ];
    for (const [input, init, length] of asked) {
      const response = await fetch(input, init);
      await response.arrayBuffer();
      assert.equal(response.status, 200);
      for (const { headers, body } of server.seen.slice(-2))
        assert.deepEqual([headers["content-length"], body.length], [String(length), length]);
    }
  });

  it("has the other modes of redirects, and their limit", async () => {
    const loop = `${server.origin}/?status=302&to=${encodeURIComponent("/?status=302&to=/end")}`;
    assert.equal((await fetch(loop, { redirect: "manual" })).status, 302);
    await assert.rejects(fetch(loop, { redirect: "error" }), TypeError);
    const nowhere = `${server.origin}/?status=302`;
    for (const redirect of ["follow", "manual"] as const)
      assert.equal((await fetch(nowhere, { redirect })).status, 302);
    await assert.rejects(fetch(nowhere, { redirect: "error" }), TypeError);
    const before = server.seen.length;
    await assert.rejects(fetch(`${server.origin}/loop`), TypeError);
    assert.equal(server.seen.length - before, 21);
    for (const body of [new Blob([BIG]).stream(), new Blob(["short"]).stream(), Readable.from(["short"])]) {
      const stream = { method: "POST", body, duplex: "half" } as unknown as RequestInit;
      await assert.rejects(fetch(`${server.origin}/?status=307&to=/`, stream), TypeError);
    }
    await assert.rejects(fetch(`${server.origin}/?status=302&to=ftp://x/`), TypeError);
    const named = server.origin.replace("://", "://user:pw@");
    await assert.rejects(
      fetch(`${server.origin}/?status=302&to=${encodeURIComponent(`${named}/`)}`),
      TypeError,
    );
  });

  for (const coding of ["gzip", "deflate", "br", "gzip, br", "unknown"]) {
    it(`decodes ${coding}`, async () => {
      const response = await fetch(`${server.origin}/coded?coding=${encodeURIComponent(coding)}`);
      assert.equal(response.headers.get("content-encoding"), coding);
      assert.equal(await response.text(), BIG);
      assert.equal(last().headers["accept-encoding"], ACCEPTED);
    });
  }

  it("streams both ways", async () => {
    const body = new ReadableStream({
      pull(controller) {
        controller.enqueue(Buffer.from(BIG));
        if (++pulls === 20) controller.close();
      },
    });
    let pulls = 0;
    const response = await fetch(`${server.origin}/echo`, {
      method: "POST",
      body,
      duplex: "half",
    } as RequestInit);
    let read = 0;
    for await (const piece of response.body ?? []) read += piece.length;
    assert.equal(read, 20 * BIG.length);
  });

  it("rejects as fetch does: TypeError with a cause, and the reason of the signal", async () => {
    const cause = async (promise: Promise<unknown>): Promise<{ code?: string }> => {
      const error = await promise.then(
        () => assert.fail(),
        (reason: Error) => reason,
      );
      assert.ok(error instanceof TypeError);
      return error.cause as { code?: string };
    };
    assert.equal((await cause(fetch("http://127.0.0.1:1/"))).code, "ECONNREFUSED");
    assert.equal((await cause(fetch("http://192.0.2.1/"))).code, "DENIED");
    const hasty = http.fetch("t", { timeout: 1 });
    assert.equal((await cause(hasty(`${server.origin}/silent`))).code, "OPERATION_TIMEDOUT");
    await assert.rejects(fetch("no url"), TypeError);
    await assert.rejects(fetch(server.origin, { integrity: "sha256-x" }), TypeError);
    const reason = new Error("mine");
    await assert.rejects(fetch(server.origin, { signal: AbortSignal.abort(reason) }), reason);
    for (const end of ["abort", "destroy"] as const) {
      const controller = new AbortController();
      const response = await fetch(`${server.origin}/held`, { signal: controller.signal });
      if (end === "abort") controller.abort(reason);
      else server.held?.destroy();
      await assert.rejects(
        response.text(),
        end === "abort" ? reason : { name: "TypeError", message: "terminated" },
      );
    }
  });

  it("has the options of its thread, and refuses those that it does not take", async () => {
    const limited = http.fetch("t", { max_file_size: 9 });
    await assert.rejects(
      (await limited(`${server.origin}/echo`, { method: "POST", body: BIG })).text(),
      TypeError,
    );
    assert.throws(() => http.fetch("none"), { code: "UNKNOWN_THREAD" });
    assert.throws(() => http.fetch("t", { headers: [] } as object), {
      code: "BAD_ARGUMENT",
      option: "headers",
    });
    for (const none of [5, null, []])
      assert.throws(() => http.fetch("t", none as object), { code: "BAD_ARGUMENT", option: "options" });
  });
});
