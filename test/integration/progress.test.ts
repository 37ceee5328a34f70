import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import {
  type CallOptions,
  type CallSettings,
  createHttpBackground,
  type HttpBackground,
  type Post,
  type Progress,
  type Result,
} from "../../host/index.ts";
import { certificates } from "../support/certificates.ts";
import { type Http2Server, startHttp2Server } from "../support/http2-server.ts";

const PIECE = Buffer.alloc(1024, "x");

describe("onProgress", () => {
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    if (request.url === "/redirect") return response.writeHead(307, { location: "/length" }).end("moved");
    if (request.url === "/length") return response.setHeader("content-length", 5).end("12345");
    if (request.url === "/gzip") return response.setHeader("content-encoding", "gzip").end(gzipSync(PIECE));
    if (request.url === "/chunks") {
      response.write("123");
      return response.end("45");
    }
    response.write(PIECE);
    return next.then(() => response.end(PIECE));
  });
  /** The rest of `/held` comes then. */
  let goOn = (): void => {};
  let next = Promise.resolve();
  let secure: Http2Server;
  let http: HttpBackground;
  let base = "";
  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    secure = await startHttp2Server();
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

  /** The last that was told of a call before its result was there. */
  async function lastOf(
    path: string,
    post?: Post,
    options: CallOptions = {},
    settings: CallSettings = {},
  ): Promise<Progress> {
    const told: Progress[] = [];
    const url = path.startsWith("/") ? `${base}${path}` : path;
    const onProgress = (progress: Progress): number => told.push(progress);
    await http.http_background("t", url, options, post, { ...settings, stream: false, onProgress });
    return told.at(-1) ?? assert.fail("nothing was told");
  }

  it("knows the lengths that are announced", async () => {
    assert.deepEqual(await lastOf("/length"), { sent: 0, sending: 0, received: 5, receiving: 5 });
    assert.deepEqual(await lastOf("/chunks", "abc"), { sent: 3, sending: 3, received: 5, receiving: null });
    const none = { sent: 0, sending: 0, received: 0, receiving: 0 };
    assert.deepEqual(await lastOf("/length", undefined, { method: "HEAD" }), none);
  });

  it("counts what is sent, over HTTP/1.1 and HTTP/2", async () => {
    for (const url of ["/length", secure.base]) {
      async function* pieces() {
        for (let count = 0; count < 300; count++) yield PIECE;
      }
      const form = { a: { data: PIECE }, b: { data: new Blob([PIECE]) } };
      const { sent, sending } = await lastOf(url, form);
      assert.ok(sent > 2048 && sent === sending, `${sent} of ${sending}`);
      const streamed = await lastOf(url, pieces());
      assert.deepEqual([streamed.sent, streamed.sending], [300 * 1024, null]);
      const announced = await lastOf(url, pieces(), { headers: [`Content-Length: ${300 * 1024}`] });
      assert.deepEqual([announced.sent, announced.sending], [300 * 1024, 300 * 1024]);
    }
  });

  it("begins again with a redirect", async () => {
    const { sent, received } = await lastOf("/redirect", "abc", { redirects: 1 });
    assert.deepEqual([sent, received], [3, 5]);
  });

  it("counts compressed bytes as they come", async () => {
    const { received } = await lastOf("/gzip", undefined, {}, { decompress: true });
    assert.equal(received, gzipSync(PIECE).length);
  });

  it("is told while the call goes on, in its context, and at most ten times a second", async () => {
    next = new Promise((resolve) => {
      goOn = resolve;
    });
    const context = new AsyncLocalStorage<string>();
    const told: { received: number; at: number; context: string | undefined }[] = [];
    const onProgress = ({ received }: Progress): void => {
      told.push({ received, at: performance.now(), context: context.getStore() });
      goOn();
    };
    const begun = performance.now();
    const result = await context.run("mine", () =>
      http.http_background("t", `${base}/held`, {}, undefined, { onProgress }),
    );
    assert.equal(result.status, 200);
    assert.deepEqual(
      told.map(({ received }) => received),
      [1024, 2048],
    );
    assert.ok(told.every(({ context }) => context === "mine"));
    assert.ok((told[0]?.at ?? 0) - begun >= 99);
  });

  it("may end its call", async () => {
    const ending = new AbortController();
    next = new Promise(() => {});
    const result = await http.http_background("t", `${base}/held`, {}, undefined, {
      signal: ending.signal,
      onProgress: () => ending.abort(),
    });
    assert.equal(result.code, "ABORTED_BY_CALLBACK");
  });

  const FAILING: readonly (readonly [how: string, fail: () => unknown, message: string])[] = [
    ["throws", () => assert.fail("broken"), "broken"],
    ["rejects", () => Promise.reject(new Error("broken")), "broken"],
    ["throws what is no error", () => throwNull(), "object"],
  ];
  for (const [how, fail, message] of FAILING) {
    it(`harms nothing if it ${how}, and is not called again; Node warns`, async () => {
      next = new Promise((resolve) => {
        goOn = resolve;
      });
      let count = 0;
      const warned = once(process, "warning") as Promise<[Error & { code?: string }]>;
      const onProgress = (): unknown => {
        count++;
        goOn();
        return fail();
      };
      const result: Result = await http.http_background("t", `${base}/held`, {}, undefined, { onProgress });
      assert.equal(result.content?.length, 2048);
      const [warning] = await warned;
      assert.equal(warning.code, "HTTP_BACKGROUND_PROGRESS_FAILED");
      assert.ok(warning.message.includes(message), warning.message);
      assert.equal(count, 1);
    });
  }

  it("must be a function", async () => {
    const wrong = { onProgress: 5 } as unknown as CallSettings & { stream?: false };
    await assert.rejects(http.http_background("t", base, {}, undefined, wrong), {
      code: "BAD_ARGUMENT",
      option: "onProgress",
    });
  });
});

function throwNull(): never {
  throw null;
}
