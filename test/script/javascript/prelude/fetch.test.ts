import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PreludeEngine } from "../../../support/javascript/prelude-engine.ts";
import type { Answer, Asked } from "../../../support/javascript/prelude-host.ts";

const textOf = (bytes: unknown): string =>
  bytes instanceof Uint8Array ? Buffer.from(bytes).toString("latin1") : String(bytes);

/** The method, the headers and the post of a request. */
function shapeOf([, url, options, post]: Asked): Record<string, unknown> {
  const { method, headers } = options as { method: string; headers: Uint8Array[] };
  const shape = { url, method, headers: headers.map(textOf) };
  return post === undefined ? shape : { ...shape, post: post instanceof Uint8Array ? textOf(post) : post };
}

const OK: Answer = {
  status: 200,
  content: "ok",
  headers: ["A", "1", "Set-Cookie", "a", "set-cookie", "b"],
  url: "http://x/",
};
const ELSEWHERE = (status: number, location: string): Answer => ({
  status,
  content: "moved",
  headers: ["Location", location],
});

/** What a script asks for, and what the host gets. */
const REQUESTS: readonly (readonly [args: string, asked: object])[] = [
  [`"http://x"`, { url: "http://x/", method: "GET", headers: [] }],
  [`new URL("http://x/#a")`, { url: "http://x/#a", method: "GET", headers: [] }],
  [
    `"http://x/", { headers: { "X-B": "ÿ", a: "" } }`,
    { url: "http://x/", method: "GET", headers: ["a;", "x-b: ÿ"] },
  ],
  [
    `"http://x/", { method: "post", body: "ä" }`,
    {
      url: "http://x/",
      method: "POST",
      headers: ["content-type: text/plain;charset=UTF-8"],
      post: "Ã¤",
    },
  ],
  [
    `"http://x/", { method: "patch", body: new Uint8Array([1, 2]) }`,
    {
      url: "http://x/",
      method: "patch",
      headers: ["content-type:"],
      post: "\u0001\u0002",
    },
  ],
  [
    `"http://x/", { method: "PUT", body: new URLSearchParams("a=b") }`,
    {
      url: "http://x/",
      method: "PUT",
      headers: ["content-type: application/x-www-form-urlencoded;charset=UTF-8"],
      post: "a=b",
    },
  ],
  [
    `"http://x/", { method: "PUT", body: new Blob(["b"], { type: "t/x" }) }`,
    {
      url: "http://x/",
      method: "PUT",
      headers: ["content-type: t/x"],
      post: "b",
    },
  ],
  [
    `new Request("http://x/", { method: "POST", body: "b", headers: [["content-type", "t"]] }), { headers: { a: "1" } }`,
    {
      url: "http://x/",
      method: "POST",
      headers: ["a: 1", "content-type:"],
      post: "b",
    },
  ],
];

describe("fetch of scripts in JavaScript", () => {
  for (const [args, asked] of REQUESTS)
    it(`sends fetch(${args.slice(0, 90)})`, async () => {
      using engine = await PreludeEngine.start({ answer: () => OK });
      engine.run(`await fetch(${args})`);
      assert.deepEqual(engine.host.asked.map(shapeOf), [asked]);
    });

  it("sends a form whose Files stay with the host, and a File of the host with its length", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK, files: { mail: "hello" } });
    engine.run(`
      const body = new FormData();
      body.set("mail", guest.File.named("mail"), "m.eml");
      await fetch("http://x/", { method: "POST", body });
      await fetch("http://x/", { method: "POST", body: guest.File.named("mail") });
    `);
    const [form, file] = engine.host.asked.map(shapeOf);
    assert.deepEqual(form?.headers, []);
    assert.deepEqual(Object.keys(form?.post as object), ["mail#0"]);
    assert.deepEqual(file?.headers, ["content-type:", "content-length: 5"]);
    assert.equal(engine.host.reads, 0);
  });

  it("gives a Response, whose body comes from the host when it is read", async () => {
    using engine = await PreludeEngine.start({ answer: () => ({ ...OK, content: "\ufeff[1]" }) });
    const result = engine.run(`
      const response = await fetch("http://x/");
      const copy = response.clone();
      const { headers } = response;
      const end = [response.status, response.ok, response.url, response.type, response.redirected, response.bodyUsed,
        [...headers], headers.getSetCookie(), await response.json(), response.bodyUsed];
      return [...end, await copy.text(), await copy.text().catch((error) => error.name),
        (() => { try { headers.set("a", "b") } catch (error) { return error.name } })()];
    `);
    assert.deepEqual(result, [
      200,
      true,
      "http://x/",
      "basic",
      false,
      false,
      [
        ["a", "1"],
        ["set-cookie", "a"],
        ["set-cookie", "b"],
      ],
      ["a", "b"],
      [1],
      true,
      "[1]",
      "TypeError",
      "TypeError",
    ]);
    assert.equal(engine.host.reads, 1);
  });

  it("reads a body in pieces, which come from the host one by one", async () => {
    using engine = await PreludeEngine.start({ answer: () => ({ ...OK, content: "x".repeat(150_000) }) });
    const body = `
      const response = await fetch("http://x/");
      const sizes = [];
      for await (const piece of response.body) { sizes.push(piece.length); if (sizes.length === most) break; }
      return [sizes, response.bodyUsed, response.body.locked];
    `;
    assert.deepEqual(engine.run(`const most = 9; ${body}`), [[65_536, 65_536, 18_928], true, false]);
    assert.deepEqual([engine.host.reads, engine.host.released.length], [3, 1]);
    assert.deepEqual(engine.run(`const most = 1; ${body}`), [[65_536], true, false]);
    assert.deepEqual([engine.host.reads, engine.host.released.length], [4, 2]);
  });

  it("streams Blobs and Files, but not those that the host streams", async () => {
    const files = { mail: "y".repeat(65_537), empty: "", stream: null };
    using engine = await PreludeEngine.start({ answer: () => OK, files });
    const result = engine.run(`
      const sizes = async (blob) => {
        const all = [];
        for await (const piece of blob.stream()) all.push(piece.length);
        return all;
      };
      const { File: Named } = guest;
      return [
        await sizes(new Blob(["x".repeat(65_537)])),
        await sizes(new Blob([])),
        await sizes(Named.named("mail")),
        await sizes(Named.named("empty")),
        await sizes(Named.named("stream")).catch((error) => error.message),
      ];
    `);
    assert.deepEqual(result, [
      [65_536, 1],
      [],
      [65_536, 1],
      [],
      "the host streams this File: it can be sent, but not read",
    ]);
  });

  it("keeps a content for a copy while one of them is read in pieces", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK });
    const result = engine.run(`
      const response = await fetch("http://x/");
      const copy = response.clone();
      await response.body.cancel();
      return copy.text();
    `);
    assert.equal(result, "ok");
  });

  it("sends what a stream has when it is at its end, again after a redirect", async () => {
    const answers = [{ ...OK, status: 307, headers: ["location", "/b"] }, OK];
    using engine = await PreludeEngine.start({ answer: () => answers.shift() });
    engine.run(`
      const body = new ReadableStream({ async start(controller) {
        for (const byte of [97, 98]) { await new Promise((resolve) => setTimeout(resolve, 5)); controller.enqueue(new Uint8Array([byte])); }
        controller.close();
      } });
      await fetch("http://x/", { method: "POST", body, duplex: "half" });
    `);
    assert.deepEqual(
      engine.host.asked.map((asked) => [shapeOf(asked).url, shapeOf(asked).post]),
      [
        ["http://x/", "ab"],
        ["http://x/b", "ab"],
      ],
    );
  });

  it("does not send a stream that fails, or has something else than bytes", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK });
    const result = engine.run(`
      const send = (body) => fetch("http://x/", { method: "POST", body }).catch((error) => [error.name, error.message]);
      return [
        await send(ReadableStream.from(["text"])),
        await send(new ReadableStream({ pull() { throw new RangeError("broken") } })),
      ];
    `);
    assert.deepEqual(result, [
      ["TypeError", "a piece of the body is no Uint8Array"],
      ["RangeError", "broken"],
    ]);
    assert.deepEqual(engine.host.asked, []);
  });

  it("passes a body on, from one request or response to another", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK });
    const result = engine.run(`
      const request = new Request("http://x/", { method: "POST", body: "b" });
      const other = new Request("http://y/", request);
      const response = await fetch(other);
      const wrapped = new Response(response.body, { status: 201 });
      const pieces = [];
      for await (const piece of wrapped.body) pieces.push(...piece);
      return [request.bodyUsed, other.bodyUsed, response.bodyUsed, wrapped.bodyUsed, pieces, new Response(null).body];
    `);
    assert.deepEqual(result, [true, true, true, true, [111, 107], null]);
    assert.deepEqual(
      engine.host.asked.map((asked) => shapeOf(asked).url),
      ["http://y/"],
    );
  });

  it("follows redirects as Fetch says: the method, the body and the headers", async () => {
    const rows: readonly (readonly [number, string, string, readonly string[], unknown])[] = [
      [301, "POST", "GET", ["a: 1"], undefined],
      [302, "PUT", "PUT", ["a: 1", "content-type: text/plain;charset=UTF-8"], "b"],
      [303, "PUT", "GET", ["a: 1"], undefined],
      [307, "POST", "POST", ["a: 1", "content-type: text/plain;charset=UTF-8"], "b"],
    ];
    for (const [status, method, next, headers, post] of rows) {
      using engine = await PreludeEngine.start({
        answer: (_asked, number) =>
          number === 0 ? ELSEWHERE(status, "//y/b?c") : { ...OK, url: "http://y/b?c" },
      });
      const init = { method, body: "b", headers: { a: "1", authorization: "x", cookie: "y" } };
      const result = engine.run(`
        const response = await fetch("http://x/#f", ${JSON.stringify(init)});
        return [response.status, response.redirected, await response.text()];
      `);
      assert.deepEqual(result, [200, true, "ok"]);
      const second = engine.host.asked.map(shapeOf)[1];
      assert.deepEqual(
        [second?.url, second?.method, second?.headers, second?.post],
        ["http://y/b?c#f", next, headers, post],
      );
    }
  });

  it("keeps the credentials on a redirect to the same origin, and ends after twenty", async () => {
    using engine = await PreludeEngine.start({ answer: () => ELSEWHERE(302, "/") });
    assert.throws(
      () => engine.run(`await fetch("http://x/", { headers: { cookie: "y" } })`),
      /TypeError: fetch failed/,
    );
    assert.equal(engine.host.asked.length, 21);
    assert.deepEqual(shapeOf(engine.host.asked[20] ?? []).headers, ["cookie: y"]);
  });

  it("calls a response cors as soon as a redirect has led to another origin", async () => {
    for (const [locations, type] of [
      [["/b"], "basic"],
      [["http://x:81/"], "cors"],
      [["https://x/", "http://x/"], "cors"],
    ] as const) {
      using engine = await PreludeEngine.start({
        answer: () => {
          const location = locations[engine.host.asked.length - 1];
          return location === undefined ? OK : ELSEWHERE(302, location);
        },
      });
      assert.deepEqual(engine.run(`const r = await fetch("http://x/"); return [r.type, r.clone().type];`), [
        type,
        type,
      ]);
    }
  });

  it("gives the redirect itself, or fails, if that is wanted", async () => {
    using engine = await PreludeEngine.start({ answer: () => ELSEWHERE(302, "/b") });
    const result = engine.run(`
      const response = await fetch("http://x/", { redirect: "manual" });
      return [response.status, response.headers.get("location"), await response.text()];
    `);
    assert.deepEqual(result, [302, "/b", "moved"]);
    assert.throws(
      () => engine.run(`await fetch("http://x/", { redirect: "error" })`),
      /TypeError: fetch failed/,
    );
  });

  it("does not follow a redirect to a URL with credentials", async () => {
    for (const location of ["http://user:pw@y/", "http://user@x/", "//:pw@x/"]) {
      using engine = await PreludeEngine.start({ answer: () => ELSEWHERE(302, location) });
      const result = engine.run(`return await fetch("http://x/").catch(({ cause }) => cause.message);`);
      assert.match(String(result), /has credentials/, location);
    }
  });

  it("fails with the code of the transfer, or with the mistake, as its cause", async () => {
    using engine = await PreludeEngine.start({
      answer: ([id]) =>
        id === "default"
          ? { error: "Request denied by policy", code: "DENIED" }
          : { throws: "Missing ID in configuration", code: "UNKNOWN_THREAD", option: "id" },
    });
    const result = engine.run(`
      const look = ({ name, message, cause }) => [name, message, cause.message, cause.code];
      return [await fetch("http://x/").catch(look), await guest.makeFetch("no", { timeout: 5 })("http://x/").catch(look)];
    `);
    assert.deepEqual(result, [
      ["TypeError", "fetch failed", "Request denied by policy", "DENIED"],
      ["TypeError", "fetch failed", "Missing ID in configuration", "UNKNOWN_THREAD"],
    ]);
    assert.equal((engine.host.asked[1]?.[2] as { timeout: number } | undefined)?.timeout, 5);
    assert.throws(
      () => engine.run(`guest.makeFetch("a", { method: "GET" })`),
      /"method" is no option of fetch/,
    );
  });

  it("ends with the reason of its signal", async () => {
    using engine = await PreludeEngine.start();
    const result = engine.run(`
      const controller = new AbortController();
      const ended = fetch("http://x/", { signal: controller.signal }).catch((error) => error);
      setTimeout(() => controller.abort("mine"), 5);
      return [await ended, await fetch("http://x/", { signal: AbortSignal.timeout(5) }).catch(({ name }) => name),
        await fetch("http://x/", { signal: AbortSignal.abort() }).catch(({ name }) => name)];
    `);
    assert.deepEqual(result, ["mine", "TimeoutError", "AbortError"]);
    assert.deepEqual([engine.host.asked.length, engine.host.canceled.length], [2, 2]);
  });

  it("refuses what no request can be, before anything is sent", async () => {
    using engine = await PreludeEngine.start({ answer: () => OK });
    const rows = [
      `"/relative"`,
      `"http://a:b@x/"`,
      `"http://x/", { method: "CONNECT" }`,
      `"http://x/", { body: "b" }`,
      `"http://x/", { headers: { "a b": "c" } }`,
      `"http://x/", { headers: { a: "b\\n" + "c" } }`,
      `"http://x/", { redirect: "x" }`,
      `"http://x/", { signal: {} }`,
      `"http://x/", { headers: { a: "ā" } }`,
    ];
    for (const args of rows) assert.throws(() => engine.run(`await fetch(${args})`), /TypeError/, args);
    assert.equal(engine.host.asked.length, 0);
  });

  it("leaves out headers that no Headers can have, and refuses statuses that no Response can have", async () => {
    using engine = await PreludeEngine.start({
      answer: ([, url]) => ({ status: Number(String(url).slice(-3)), headers: ["a b", "c", "d", "e"] }),
    });
    const result = engine.run(`
      const ends = [];
      for (const status of [200, 204, 599, 199, 600, 999])
        ends.push(await fetch("http://x/" + status).then(
          async (response) => [response.status, [...response.headers], response.body === null],
          (error) => error.cause.message));
      return ends;
    `);
    assert.deepEqual(result, [
      [200, [["d", "e"]], false],
      [204, [["d", "e"]], true],
      [599, [["d", "e"]], false],
      ...[199, 600, 999].map((status) => `the server answered with status ${status}`),
    ]);
  });

  it("reads forms", async () => {
    using engine = await PreludeEngine.start();
    const result = engine.run(`
      const form = new FormData();
      form.append("a\\"\\n", "1\\n2"); form.append("f", new Blob(["x"], { type: "t/x" }), "n\\".txt");
      const look = async (response) => await Promise.all([...await response.formData()].map(async ([name, value]) =>
        [name, typeof value === "string" ? value : [value.name, value.type, await value.text()]]));
      return [await look(new Response(form)), await look(new Response(new URLSearchParams("a=b&a=c"))),
        await new Response("x", { headers: { "content-type": "multipart/form-data; boundary=b" } }).formData()
          .catch((error) => error.name)];
    `);
    assert.deepEqual(result, [
      [
        ['a"\r\n', "1\r\n2"],
        ["f", ['n".txt', "t/x", "x"]],
      ],
      [
        ["a", "b"],
        ["a", "c"],
      ],
      "TypeError",
    ]);
  });
});
