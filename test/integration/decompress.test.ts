import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import {
  type CallOptions,
  type CallSettings,
  ContentError,
  createHttpBackground,
  type HttpBackground,
  type Result,
} from "../../host/index.ts";
import { ACCEPTED } from "../../host/network/decoding/codings.ts";
import { certificates } from "../support/certificates.ts";
import { CountedSource } from "../support/counted-source.ts";
import { type Http2Server, startHttp2Server } from "../support/http2-server.ts";

const TEXT = "All work and no play makes Jack a dull boy. ".repeat(5000);
const CODED = gzipSync(TEXT);
/** Is as long with the coding as without. */
const RANDOM = randomBytes(64 * 1024);
const MEMBER = gzipSync(RANDOM);
const MEMBERS = 480;
/** More than the buffers of all sockets together. */
const LONGEST_LEAD = 20 * 1024 * 1024;
/** Of 64 MiB. */
const BOMB = gzipSync(Buffer.alloc(64 * 1024 * 1024));
/** Bombs in bombs. */
const BOMBS = gzipSync(gzipSync(BOMB));

type Header = Record<string, string | number>;

/** For each path, a head and a content. */
const ANSWERS: Readonly<Record<string, readonly [status: number, headers: Header, content: Buffer]>> = {
  "/gzip": [200, { "content-encoding": "gzip", "content-length": CODED.length }, CODED],
  "/chunks": [200, { "content-encoding": "gzip" }, CODED],
  "/two": [200, { "content-encoding": "gzip, br" }, brotliCompressSync(CODED)],
  "/plain": [200, { "content-length": 5 }, Buffer.from("plain")],
  "/cut": [200, { "content-encoding": "gzip" }, CODED.subarray(0, -1)],
  "/more": [200, { "content-encoding": "gzip" }, Buffer.concat([CODED, Buffer.from("more")])],
  "/bad": [200, { "content-encoding": "gzip" }, Buffer.from(TEXT)],
  "/unknown": [200, { "content-encoding": "compress" }, CODED],
  "/six": [200, { "content-encoding": "gzip, gzip, gzip, gzip, gzip, gzip" }, CODED],
  "/bomb": [200, { "content-encoding": "gzip" }, BOMB],
  "/bombs": [200, { "content-encoding": "gzip, gzip, gzip" }, BOMBS],
  "/204": [204, { "content-encoding": "gzip" }, Buffer.alloc(0)],
  "/304": [304, { "content-encoding": "gzip" }, Buffer.alloc(0)],
  "/nothing": [200, { "content-encoding": "gzip", "content-length": 0 }, Buffer.alloc(0)],
  "/redirect": [302, { location: "/gzip", "content-encoding": "gzip" }, Buffer.from("not gzip")],
};

const CASES: readonly (readonly [path: string, code: string])[] = [
  ["/cut", "BAD_CONTENT_ENCODING"],
  ["/more", "BAD_CONTENT_ENCODING"],
  ["/bad", "BAD_CONTENT_ENCODING"],
  ["/unknown", "BAD_CONTENT_ENCODING"],
  ["/six", "BAD_CONTENT_ENCODING"],
];

describe("decompress: true", () => {
  const heads: string[][] = [];
  let source = new CountedSource(MEMBER, MEMBERS);
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    heads.push(request.rawHeaders);
    if (request.url === "/members")
      return void source.writeTo(response.setHeader("content-encoding", "gzip"));
    const [status, headers, content] = ANSWERS[request.url ?? ""] ?? assert.fail(request.url);
    response.on("error", () => {}).writeHead(status, headers);
    response.end(request.method === "HEAD" ? undefined : content);
  });
  let secure: Http2Server;
  let http: HttpBackground;
  let bases: readonly string[] = [];
  let folder = "";
  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    secure = await startHttp2Server((stream, { target }) => {
      if (target === "/members") {
        stream.respond({ "content-encoding": "gzip" });
        return void source.writeTo(stream);
      }
      const [status, headers, content] = ANSWERS[target] ?? assert.fail(target);
      stream.on("error", () => {}).respond({ ":status": status, ...headers });
      stream.end(content);
    });
    bases = [`http://127.0.0.1:${(server.address() as AddressInfo).port}`, secure.base];
    http = await createHttpBackground(
      { threads: [{ id: "t" }] },
      { ca: certificates().authority.cert, env: {} },
    );
    folder = await mkdtemp(join(tmpdir(), "decompress-"));
  });
  after(async () => {
    await http.destroy();
    await secure.close();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });

  function get(path: string, options: CallOptions = {}, settings: CallSettings = {}): Promise<Result> {
    const url = path.startsWith("/") ? `${bases[0]}${path}` : path;
    return http.http_background("t", url, options, undefined, {
      decompress: true,
      ...settings,
      stream: false,
    });
  }

  for (const path of ["/gzip", "/chunks", "/two", "/redirect"]) {
    it(`gives the content as it was before, over HTTP/1.1 and HTTP/2: ${path}`, async () => {
      for (const base of bases) {
        const { status, content } = await get(`${base}${path}`, { redirects: 1 });
        assert.equal(status, 200);
        assert.equal(content?.toString(), TEXT);
      }
    });
  }

  for (const [path, code] of CASES) {
    it(`refuses content that is not right, over HTTP/1.1 and HTTP/2: ${path}`, async () => {
      for (const base of bases) {
        const result = await get(`${base}${path}`);
        assert.equal(result.code, code);
        assert.ok(result.cause instanceof Error);
      }
      assert.equal(http.stats().t?.active, 0);
    });
  }

  it("counts the bytes without the coding for max_file_size", async () => {
    assert.equal((await get("/gzip", { max_file_size: TEXT.length })).content?.length, TEXT.length);
    assert.equal((await get("/gzip", { max_file_size: TEXT.length - 1 })).code, "FILESIZE_EXCEEDED");
    assert.equal((await get("/plain", { max_file_size: 5 })).content?.toString(), "plain");
    assert.equal((await get("/plain", { max_file_size: 4 })).code, "FILESIZE_EXCEEDED");
    for (const path of ["/bomb", "/bombs"])
      assert.equal((await get(path, { max_file_size: 1000 })).code, "FILESIZE_EXCEEDED");
  });

  it("takes what has no content", async () => {
    for (const path of ["/204", "/304", "/nothing"]) assert.equal((await get(path)).content?.length, 0, path);
    for (const path of ["/gzip", "/cut", "/unknown"])
      assert.equal((await get(path, { method: "HEAD" })).content?.length, 0, path);
  });

  it("asks for the codings, unless the caller asks or does not want it", async () => {
    await get("/plain");
    assert.deepEqual(heads.at(-1)?.slice(-4), ["Accept", "*/*", "Accept-Encoding", ACCEPTED]);
    await get("/plain", { headers: ["accept-encoding: br"] });
    assert.deepEqual(namedEncoding(), ["accept-encoding", "br"]);
    await get("/plain", { headers: ["Accept-Encoding:"] });
    assert.deepEqual(namedEncoding(), []);
  });

  function namedEncoding(): string[] {
    const head = heads.at(-1) ?? [];
    const at = head.findIndex((text) => text.toLowerCase() === "accept-encoding");
    return at < 0 ? [] : head.slice(at, at + 2);
  }

  it("is off by default: nothing is asked for, and the content is what was sent", async () => {
    for (const decompress of [undefined, false]) {
      const { content } = await get("/gzip", {}, { decompress });
      assert.deepEqual(content, CODED);
      assert.deepEqual(namedEncoding(), []);
      assert.equal((await get("/gzip", { max_file_size: CODED.length }, { decompress })).status, 200);
    }
  });

  it("leaves the headers as they were sent", async () => {
    const { headers } = await get("/gzip");
    assert.equal(headers?.get("content-encoding"), "gzip");
    assert.equal(headers?.get("content-length"), String(CODED.length));
  });

  it("works with a stream, which is not read faster than its reader reads", async () => {
    const settings = { decompress: true, stream: true } as const;
    for (const base of bases) {
      source = new CountedSource(MEMBER, MEMBERS);
      const result = await http.http_background("t", `${base}/members`, {}, undefined, settings);
      assert.ok(result.content);
      let read = 0;
      let lead = 0;
      for await (const piece of result.content) {
        read += piece.length;
        // Whoever decodes ahead has the time to do it here.
        if (read % RANDOM.length === 0) for (let turn = 0; turn < 20; turn++) await setImmediate();
        lead = Math.max(lead, source.written - read);
      }
      assert.equal(read, MEMBERS * RANDOM.length);
      assert.ok(lead < LONGEST_LEAD, String(lead));
    }
    assert.equal(http.stats().t?.active, 0);
  });

  it("ends a stream with an error if the content is cut off, and can be cancelled", async () => {
    const settings = { decompress: true, stream: true } as const;
    const cut = await http.http_background("t", `${bases[0]}/cut`, {}, undefined, settings);
    const isBad = (error: unknown) => error instanceof ContentError && error.code === "BAD_CONTENT_ENCODING";
    await assert.rejects(text(cut.content ?? assert.fail()), isBad);
    const bomb = await http.http_background("t", `${bases[0]}/bombs`, {}, undefined, settings);
    const reader = bomb.content?.getReader() ?? assert.fail();
    await reader.read();
    await reader.cancel();
    assert.equal(http.stats().t?.active, 0);
  });

  it("is ended by its time limit while it waits for its reader", async () => {
    const settings = { decompress: true, stream: true, timeoutMs: 300 } as const;
    const { content } = await http.http_background("t", `${bases[0]}/bombs`, {}, undefined, settings);
    const reader = content?.getReader() ?? assert.fail();
    await assert.rejects(reader.closed, { code: "OPERATION_TIMEDOUT" });
  });

  it("works with a file", async () => {
    const into = join(folder, "text");
    assert.equal((await get("/gzip", {}, { into })).status, 200);
    assert.equal(await readFile(into, "utf8"), TEXT);
    assert.equal((await get("/cut", {}, { into })).code, "BAD_CONTENT_ENCODING");
    assert.equal(await readFile(into, "utf8"), TEXT);
  });
});
