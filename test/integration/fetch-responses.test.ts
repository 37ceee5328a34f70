import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { andThen, OK, type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const CONTENT = "ok";
const digest = (algorithm: string, text = CONTENT): string =>
  `${algorithm}-${createHash(algorithm).update(text).digest("base64")}`;

// The web platform tests of `fetch` (npm run test:wpt) found that these were missing.
describe("the responses of http.fetch", () => {
  let http: HttpBackground;
  let fetch: typeof globalThis.fetch;
  const servers: ScriptedServer[] = [];
  before(async () => {
    http = await createHttpBackground({ threads: [{ id: "t" }] }, { env: {} });
    fetch = http.fetch("t");
  });
  after(async () => {
    await http.close();
    await Promise.all(servers.map((server) => server.close()));
  });

  const serve = async (...script: Parameters<typeof startScriptedServer>): Promise<ScriptedServer> => {
    const server = await startScriptedServer(...script);
    servers.push(server);
    return server;
  };

  it("come from URLs that name their content, without any request", async () => {
    assert.equal(await (await fetch("data:text/plain,a%20b")).text(), "a b");
    const url = URL.createObjectURL(new Blob(["blob"]));
    assert.equal(await (await fetch(url)).text(), "blob");
    URL.revokeObjectURL(url);
    await assert.rejects(fetch(url), TypeError);
    await assert.rejects(fetch("file:///etc/passwd"), TypeError);
  });

  it("do not come from such a URL after a redirect", async () => {
    const { base } = await serve([
      { send: "HTTP/1.1 302 X\r\nLocation: data:,x\r\nContent-Length: 0\r\n\r\n" },
    ]);
    await assert.rejects(fetch(base), TypeError);
  });

  it("do not let their headers be changed, nor do their clones", async () => {
    const { base } = await serve();
    const response = await fetch(base);
    for (const { headers } of [response.clone(), response]) {
      assert.throws(() => headers.append("a", "b"), TypeError);
      assert.throws(() => headers.set("content-length", "b"), TypeError);
      assert.throws(() => headers.delete("content-length"), TypeError);
      assert.equal(headers.get("content-length"), "2");
      assert.equal(new Headers(headers).get("content-length"), "2");
    }
    assert.equal(await response.text(), CONTENT);
  });

  it("have the text of the status, if it is one", async () => {
    const rows: [line: string, text: string][] = [
      ["404 Not  Found", "Not  Found"],
      ["200", ""],
      ["200 ", ""],
      ["299 \xe9\tx", "\xe9\tx"],
      ["200 a\x01", ""],
    ];
    const { base } = await serve(
      rows.map(([line]) => ({ send: `HTTP/1.1 ${line}\r\nContent-Length: 0\r\n\r\n` })),
    );
    for (const [line, text] of rows) {
      const response = await fetch(base);
      assert.equal(response.statusText, text, line);
      assert.equal(response.clone().statusText, text);
    }
  });

  it("have the expected integrity, or are an error", async () => {
    const { base } = await serve();
    const urlSafe = digest("sha512").replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    for (const integrity of [
      "",
      " ",
      "md5-x unknown",
      digest("sha256"),
      digest("sha384"),
      urlSafe,
      `${digest("sha256", "other")} ${digest("sha384")}`,
      `${digest("sha512", "other")}\t${digest("sha512")}?option`,
    ])
      assert.equal(await (await fetch(base, { integrity })).text(), CONTENT, integrity);
    for (const integrity of [
      digest("sha256", "other"),
      `${digest("sha256")} ${digest("sha384", "other")}`,
      `${digest("sha256", "a")} ${digest("sha256", "b")}`,
    ])
      await assert.rejects(fetch(base, { integrity }), { name: "TypeError", message: "fetch failed" });
  });

  it("fail if they have no content that could have the expected integrity", async () => {
    const { base } = await serve([{ send: "HTTP/1.1 204 X\r\n\r\n" }]);
    await assert.rejects(fetch(base, { integrity: digest("sha256", "") }), TypeError);
  });

  it("come from where a Location in UTF-8 leads to", async () => {
    const location = Buffer.from("/☃?%☃%e2").toString("latin1");
    const { base, requests } = await serve([
      { send: `HTTP/1.1 302 X\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n` },
    ]);
    await (await fetch(base)).text();
    assert.equal(requests[1]?.target, "/%E2%98%83?%%E2%98%83%e2");
  });

  it("cannot be read when the signal has aborted, even if all content was there", async () => {
    const { base } = await serve();
    for (const read of ["text", "arrayBuffer", "blob", "json"] as const) {
      const controller = new AbortController();
      const response = await fetch(base, { signal: controller.signal });
      controller.abort(new Error("mine"));
      await assert.rejects(response[read](), { message: "mine" });
    }
  });

  it("tell of an end that comes too early, also to those who do not read", async () => {
    const cut = { send: "HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\n12345", end: true };
    const { base } = await serve([cut]);
    const reader = (await fetch(base)).body?.getReader();
    await assert.rejects(reader?.closed ?? Promise.resolve(), { name: "TypeError", message: "terminated" });
  });

  it("do not depend on what is in Object.prototype", async () => {
    const { base } = await serve([andThen({ send: "HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\no" }, "k", 1)]);
    const names = ["start", "type", "pull", "cancel"];
    const readers: string[] = [];
    const get = (): void => {
      readers.push(new Error().stack ?? "");
    };
    for (const name of names) Object.defineProperty(Object.prototype, name, { configurable: true, get });
    try {
      assert.equal(await (await fetch(base)).text(), CONTENT);
    } finally {
      for (const name of names) Reflect.deleteProperty(Object.prototype, name);
    }
    const ofStreams = /new ReadableStream.*\n.*(?:host\/fetch|content-stream)/;
    assert.deepEqual(
      readers.filter((stack) => ofStreams.test(stack)),
      [],
    );
  });
});

describe("the requests of http.fetch", () => {
  it("say to caches on the way what those of Node say", async () => {
    await using http = await createHttpBackground({ threads: [{ id: "t" }] }, { env: {} });
    const server = await startScriptedServer();
    const inits: (RequestInit & { cache?: string })[] = [
      {},
      { headers: { "if-none-match": '"x"' } },
      { headers: { "if-range": '"x"', pragma: "own" } },
      { headers: { "if-match": '"x"' }, cache: "force-cache" },
      ...(["no-cache", "no-store", "reload"] as const).map((cache) => ({ cache })),
      { cache: "no-cache", headers: { "cache-control": "own" } },
    ];
    for (const init of inits) {
      const seen = [];
      for (const fetch of [globalThis.fetch, http.fetch("t")]) {
        await (await fetch(server.base, init)).text();
        const { headers } = server.requests.at(-1) as ScriptedServer["requests"][number];
        seen.push(headers.filter(([name]) => /^(?:pragma|cache-control)$/i.test(name)).sort());
      }
      assert.deepEqual(seen[1], seen[0], JSON.stringify(init));
    }
    await server.close();
  });
});

describe("the signal of http.fetch", () => {
  it("is none if it is null, whatever the signal of the Request says", async () => {
    await using http = await createHttpBackground({ threads: [{ id: "t" }] }, { env: {} });
    const server = await startScriptedServer([], { otherwise: OK });
    const request = new Request(server.base, { signal: AbortSignal.abort() });
    const fetch = http.fetch("t");
    await assert.rejects(fetch(request), { name: "AbortError" });
    assert.equal(await (await fetch(request, { signal: null })).text(), CONTENT);
    await server.close();
  });

  it("cancels the body at once if it has aborted before", async () => {
    await using http = await createHttpBackground({ threads: [{ id: "t" }] }, { env: {} });
    let reason: unknown;
    const body = new ReadableStream({
      cancel: (given) => {
        reason = given;
      },
    });
    const signal = AbortSignal.abort(new Error("mine"));
    const init = { method: "POST", body, duplex: "half", signal } as RequestInit;
    const fetching = http.fetch("t")("http://127.0.0.1:1/", init);
    assert.equal(reason, signal.reason);
    await assert.rejects(fetching, { message: "mine" });
  });
});
