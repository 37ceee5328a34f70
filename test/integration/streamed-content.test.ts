import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import {
  type CallOptions,
  type CallSettings,
  ContentError,
  createHttpBackground,
  type HttpBackground,
  type Streamed,
} from "../../host/index.ts";
import { certificates } from "../support/certificates.ts";
import { CountedSource } from "../support/counted-source.ts";
import { type Http2Server, startHttp2Server } from "../support/http2-server.ts";

const PIECE = Buffer.alloc(64 * 1024, "0123456789abcdef");
const PIECES = 640;
const PIECES_TWICE = Buffer.concat([PIECE, PIECE]);
/** More than the buffers of all sockets together. */
const LONGEST_LEAD = 20 * 1024 * 1024;

/** For each path, what the server does. */
class Routes {
  source = new CountedSource(PIECE, PIECES);
  /** The last response of `/held`. */
  held: ServerResponse | undefined;

  readonly table: Readonly<Record<string, (response: ServerResponse) => void>> = {
    "/length": (response) => {
      response.setHeader("content-length", PIECE.length * PIECES);
      void this.source.writeTo(response);
    },
    "/chunks": (response) => void this.source.writeTo(response),
    "/held": (response) => {
      response.write("first");
      this.held = response;
    },
    "/empty": (response) => response.writeHead(204).end(),
    "/redirect": (response) => response.writeHead(302, { location: "/ten" }).end("not this"),
    "/ten": (response) => response.end("0123456789"),
    "/ten-chunks": (response) => {
      response.write("01234");
      response.end("56789");
    },
  };
}

describe("content as a stream", () => {
  const routes = new Routes();
  const server = createServer(({ url = "" }, response) => {
    (routes.table[url] ?? assert.fail(url))(response.on("error", () => {}));
  });
  let secure: Http2Server;
  let http: HttpBackground;
  let base = "";
  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    secure = await startHttp2Server((stream) => {
      stream.respond({ ":status": 200 });
      void routes.source.writeTo(stream);
    });
    http = await createHttpBackground(
      { threads: [{ id: "t" }] },
      { ca: certificates().authority.cert, env: {} },
    );
  });
  after(async () => {
    await http.destroy();
    await secure.close();
    server.closeAllConnections();
    server.close();
  });

  async function open(
    path: string,
    options: CallOptions = {},
    settings: CallSettings = {},
  ): Promise<Streamed> {
    const url = path.startsWith("/") ? `${base}${path}` : path;
    const result = await http.http_background("t", url, options, undefined, { ...settings, stream: true });
    assert.ok(result.status !== undefined, result.error);
    return result;
  }

  /** Begins to read `/held`, and resolves when the first bytes are there. */
  async function openHeld(
    settings?: CallSettings,
  ): Promise<{ status: number; reader: ReadableStreamDefaultReader<Uint8Array> }> {
    const { status, content } = await open("/held", {}, settings);
    const reader = content.getReader();
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), "first");
    return { status, reader };
  }

  for (const kind of ["/length", "/chunks", "HTTP/2"]) {
    it(`is not read faster than its reader reads: ${kind}`, async () => {
      routes.source = new CountedSource(PIECE, PIECES);
      const { content } = await open(kind === "HTTP/2" ? secure.base : kind);
      let read = 0;
      let lead = 0;
      for await (const piece of content) {
        const start = read % 16;
        assert.ok(PIECES_TWICE.subarray(start, start + piece.length).equals(piece));
        read += piece.length;
        // Whoever reads ahead has the time to do it here.
        for (let turn = 0; turn < 5; turn++) await setImmediate();
        lead = Math.max(lead, routes.source.written - read);
      }
      assert.equal(read, PIECE.length * PIECES);
      assert.ok(lead <= LONGEST_LEAD, String(lead));
      assert.equal(http.stats().t?.active, 0);
    });
  }

  it("is there with the head of the response, with headers and the URL", async () => {
    const { status, reader } = await openHeld();
    assert.equal(status, 200);
    routes.held?.end(" last");
    assert.equal(Buffer.from((await reader.read()).value ?? []).toString(), " last");
    assert.equal((await reader.read()).done, true);
    const result = await open("/ten");
    assert.equal(result.headers.get("content-length"), "10");
    assert.equal(result.url, `${base}/ten`);
    assert.deepEqual(Object.keys(result), ["status", "content"]);
    assert.equal(await text(result.content), "0123456789");
  });

  it("ends at once if there is none, and is that of the last response after redirects", async () => {
    for (const [path, method, expected] of [
      ["/empty", "GET", ""],
      ["/ten", "HEAD", ""],
      ["/redirect", "GET", "0123456789"],
    ] as const) {
      const { content } = await open(path, { method, redirects: 1 });
      assert.equal(await text(content), expected, path);
    }
  });

  it("ends the call if it is cancelled", async () => {
    const { reader } = await openHeld();
    const closed = once(routes.held ?? assert.fail(), "close");
    await reader.cancel();
    await closed;
    assert.equal(http.stats().t?.active, 0);
  });

  it("fails if the signal aborts, the time is over, or the connection breaks", async () => {
    const controller = new AbortController();
    const ways: readonly (readonly [settings: CallSettings, act: () => void, code: string])[] = [
      [{ signal: controller.signal }, () => controller.abort(), "ABORTED_BY_CALLBACK"],
      // Long enough for its first bytes on any machine.
      [{ timeoutMs: 3000 }, () => {}, "OPERATION_TIMEDOUT"],
      [{}, () => routes.held?.destroy(), "PARTIAL_FILE"],
    ];
    for (const [settings, act, code] of ways) {
      const { reader } = await openHeld(settings);
      act();
      await assert.rejects(reader.read(), (error) => error instanceof ContentError && error.code === code);
    }
  });

  it("is limited by max_file_size", async () => {
    const { content } = await open("/ten-chunks", { max_file_size: 10 });
    assert.equal(await text(content), "0123456789");
    const longer = await open("/ten-chunks", { max_file_size: 9 });
    await assert.rejects(text(longer.content), { name: "ContentError", code: "FILESIZE_EXCEEDED" });
    const settings = { stream: true } as const;
    const known = await http.http_background("t", `${base}/ten`, { max_file_size: 9 }, undefined, settings);
    assert.equal(known.code, "FILESIZE_EXCEEDED");
  });

  it("is not there for a call that fails, and other values than true and false are refused", async () => {
    const settings = { stream: true } as const;
    const { code } = await http.http_background("t", "http://127.0.0.1:1/", {}, undefined, settings);
    assert.equal(code, "COULDNT_CONNECT");
    const wrong = { stream: 1 } as unknown as { stream: false };
    await assert.rejects(http.http_background("t", base, {}, undefined, wrong), {
      code: "BAD_ARGUMENT",
      option: "stream",
    });
  });

  it("is waited for by close(), and ended by destroy()", async () => {
    const own = await createHttpBackground({ threads: [{ id: "t" }] });
    const begin = async (): Promise<Streamed> => {
      const settings = { stream: true } as const;
      return (await own.http_background("t", `${base}/held`, {}, undefined, settings)) as Streamed;
    };
    const [first, second] = [await begin(), await begin()];
    routes.held?.end();
    assert.equal(await text(second.content), "first");
    let isClosed = false;
    const closing = own.close().then(() => {
      isClosed = true;
    });
    await setImmediate();
    assert.equal(isClosed, false);
    await own.destroy();
    await closing;
    await assert.rejects(text(first.content), { name: "ContentError", code: "ABORTED_BY_CALLBACK" });
  });
});
