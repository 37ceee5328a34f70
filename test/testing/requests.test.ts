import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { createHttpBackground, type HttpBackground, type Post } from "../../host/index.ts";
import { createTestHttpBackground, TestKitError } from "../../host/testing/index.ts";
import { startScriptedServer } from "../support/scripted-server.ts";
import { withTestHttp } from "../support/test-http.ts";

const SECRET = "s3cr3t-of-the-rule";

/** The bytes of a request with another boundary. */
function withoutBoundary(raw: Buffer): string {
  const text = raw.toString("latin1");
  const [, boundary] = /boundary=(\S+)/.exec(text) ?? [];
  return boundary === undefined ? text : text.replaceAll(boundary, "BOUNDARY");
}

/** Calls that send every kind of request. */
const CALLS: readonly (readonly [
  what: string,
  call: (http: HttpBackground, base: string) => Promise<unknown>,
])[] = [
  ["a GET", (http, base) => http.http_background("default", `${base}/a/../b?c=d e`.replace(" ", "%20"))],
  ["HEAD", (http, base) => http.http_background("default", base, { method: "HEAD" })],
  ["a POST without a body", (http, base) => http.http_background("default", base, { method: "POST" })],
  [
    "text",
    (http, base) => http.http_background("default", base, { headers: ["X-Ü: ü", "Accept:"] }, "grüße"),
  ],
  ["empty text", (http, base) => http.http_background("default", base, {}, "")],
  ["long text", (http, base) => http.http_background("default", base, {}, "ü".repeat(200_000))],
  ["a File", (http, base) => http.http_background("default", base, {}, new Blob(["x".repeat(150_000)]))],
  [
    "a File with a length",
    (http, base) =>
      http.http_background("default", base, { headers: ["Content-Length: 3"] }, new Blob(["abc"])),
  ],
  [
    "a form",
    (http, base) =>
      http.http_background("default", base, {}, {
        a: { data: "1" },
        b: { data: new Blob(["x"]), filename: "x.txt" },
      } as Post),
  ],
  [
    "chunks",
    (http, base) => http.http_background("default", base, { headers: ["Transfer-Encoding: chunked"] }, "abc"),
  ],
  ["credentials", (http, base) => http.http_background("default", base, { username: "u", password: "p" })],
];

describe("requests()", () => {
  for (const [what, call] of CALLS) {
    it(`have the bytes that a connection of HTTP/1.1 carries: ${what}`, async () => {
      const server = await startScriptedServer();
      const real = await createHttpBackground({ threads: [{ id: "default" }] });
      const fake = await createTestHttpBackground();
      try {
        fake.when(/./).reply(200, {}, "ok");
        await call(real, server.base);
        await call(fake, server.base);
        const [seen] = server.requests;
        const [request] = fake.requests();
        assert.equal(
          withoutBoundary(request?.raw ?? Buffer.alloc(0)),
          withoutBoundary(seen?.raw ?? Buffer.alloc(0)),
        );
        if (seen?.framing !== "chunked" && what !== "a form") assert.deepEqual(request?.body, seen?.body);
      } finally {
        await fake.destroy();
        await real.destroy();
        await server.close();
      }
    });
  }

  it("are read as JSON, forms and parts", () =>
    withTestHttp(async (http) => {
      http.when(/./).reply();
      const call = (post: Post, headers: string[] = []) =>
        http.http_background("default", "a.example/x", { headers }, post);
      await call('{"a":1}', ["Content-Type: application/JSON; charset=utf-8"]);
      await call(new URLSearchParams({ a: "b c" }));
      await call([{ data: "1" }, { data: "x", filename: "y" }] as Post);
      const [json, form, parts] = http.requests();
      assert.deepEqual(
        [json?.type, json?.json(), json?.toString()],
        ["application/json", { a: 1 }, "POST http://a.example/x"],
      );
      assert.equal(form?.form().get("a"), "b c");
      assert.deepEqual(
        parts?.parts().map(({ name, filename, text }) => [name, filename, text]),
        [
          [null, null, "1"],
          [null, "y", "x"],
        ],
      );
      for (const wrong of [() => form?.json(), () => json?.parts()])
        assert.throws(wrong, (error) => error instanceof TestKitError && error.code === "BAD_REQUEST");
    }));

  it("have every hop, thread and run", () =>
    withTestHttp(
      async (http) => {
        http.when("/a").reply(302, { Location: "/b" });
        http.when("/b").reply();
        await http.http_background("other", "a.example/a", { redirects: 1 });
        assert.deepEqual(
          http.requests().map(({ url, thread, run }) => [url, thread, run]),
          [
            ["http://a.example/a", "other", null],
            ["http://a.example/b", "other", null],
          ],
        );
      },
      { threads: [{ id: "default" }, { id: "other" }] },
    ));

  it("have no secret of a rule, unless they are asked for it", async () => {
    const rules = [
      { origin: "https://a.example", headers: { Authorization: `Bearer ${SECRET}`, "X-Key": () => SECRET } },
      { origin: "https://b.example", username: "user", password: SECRET },
    ];
    await withTestHttp(
      async (http) => {
        const shown: string[] = [];
        http.when({ url: /a.example/, headers: { "x-key": "[secret]" } }).reply((request) => {
          shown.push(
            inspect(request, { depth: 9, showHidden: true }),
            JSON.stringify(request),
            String(request.raw),
          );
          return 200;
        });
        http.when({ url: /b.example/, headers: { authorization: "[secret]" } }).reply();
        await http.http_background("default", "https://a.example/");
        await http.http_background("default", "https://b.example/");
        for (const request of http.requests())
          shown.push(
            inspect(request, { depth: 9 }),
            JSON.stringify(request),
            String(request.raw),
            inspect(request.headers),
          );
        const basic = Buffer.from(`user:${SECRET}`).toString("base64");
        for (const text of shown) assert.ok(!text.includes(SECRET) && !text.includes(basic), text);
        const [first, second] = http.requests();
        assert.equal(first?.revealed().headers.get("authorization"), `Bearer ${SECRET}`);
        assert.equal(first?.revealed().headers.get("x-key"), SECRET);
        assert.equal(second?.revealed().headers.get("authorization"), `Basic ${basic}`);
        assert.match(String(first?.revealed().raw), new RegExp(SECRET));
      },
      undefined,
      { policy: { allow: rules } },
    );
  });

  it("have no secret that a server has told to the client", async () => {
    const policy = {
      allow: [{ origin: "https://a.example", headers: { "X-Key": SECRET } }, "https://b.example"],
    };
    await withTestHttp(
      async (http) => {
        http.when("https://a.example/").reply((request) => {
          const key = request.revealed().headers.get("x-key") ?? "";
          return { status: 302, headers: { Location: `https://b.example/${encodeURIComponent(key)}` } };
        });
        http.when("https://b.example/*").reply();
        await http.http_background("default", "https://a.example/", { redirects: 1 });
        await http.http_background(
          "default",
          "https://b.example/x",
          { headers: [`X-Seen: ${SECRET}`] },
          `key ${SECRET}`,
        );
        const [, redirected, posted] = http.requests();
        assert.equal(redirected?.url, "https://b.example/[secret]");
        assert.deepEqual([posted?.text, posted?.headers.get("x-seen")], ["key [secret]", "[secret]"]);
        assert.ok(!http.requests().some(({ raw }) => raw.includes(SECRET)));
        assert.equal(posted?.revealed().text, `key ${SECRET}`);
      },
      undefined,
      { policy },
    );
  });

  it("are not told by the difference of a fake", async () => {
    const policy = { allow: [{ origin: "https://a.example", headers: { "X-Key": SECRET } }] };
    await withTestHttp(
      async (http) => {
        http.when({ headers: { "x-key": "another" } }).reply();
        await assert.rejects(http.http_background("default", "https://a.example/"), ({ message }: Error) => {
          return message.includes('came "[secret]"') && !message.includes(SECRET);
        });
      },
      undefined,
      { policy },
    );
  });

  it("have bodies up to maxBodyBytes", async () => {
    const post = (bytes: number) => new Blob(["x".repeat(bytes)]);
    await withTestHttp(
      async (http) => {
        http.when("/x").reply();
        assert.equal((await http.http_background("default", "a.example/x", {}, post(100_000))).status, 200);
        assert.equal(http.requests()[0]?.body.length, 100_000);
        const tooLong = http.http_background("default", "a.example/x", {}, post(100_001));
        await assert.rejects(tooLong, { code: "BODY_TOO_LARGE", message: /more than 100000 bytes/ });
      },
      undefined,
      { maxBodyBytes: 100_000 },
    );
  });

  it("have the same boundaries for the same seed", async () => {
    const boundaries: unknown[] = [];
    for (const seed of [7, 7, 8]) {
      await withTestHttp(
        async (http) => {
          http.when("/x").reply();
          for (let call = 0; call < 2; call++)
            await http.http_background("default", "a.example/x", {}, { a: { data: "1" } });
          boundaries.push(
            http
              .requests()
              .map(({ headers }) => headers.get("content-type"))
              .join(),
          );
        },
        undefined,
        { seed },
      );
    }
    assert.equal(boundaries[0], boundaries[1]);
    assert.notEqual(boundaries[0], boundaries[2]);
    const [first, second] = String(boundaries[0]).split(",");
    assert.notEqual(first, second);
  });
});

describe("the policy", () => {
  it("judges the address of the host, which a fake can give", async () => {
    await withTestHttp(
      async (http) => {
        http.when({ url: "https://intern.example/", address: "10.0.0.1" }).reply();
        http.when(/./).reply();
        const codeOf = async (url: string) => (await http.http_background("default", url)).code;
        assert.equal(await codeOf("https://intern.example/"), "DENIED");
        assert.equal(await codeOf("https://intern.example/other"), "DENIED");
        assert.equal(await codeOf("https://public.example/"), undefined);
        for (const url of [
          "http://127.0.0.1/",
          "http://localhost:8080/",
          "http://[::1]/",
          "http://x.localhost/",
        ])
          assert.equal(await codeOf(url), "DENIED", url);
        assert.equal(http.requests().length, 1);
      },
      undefined,
      { policy: { block: ["private"] } },
    );
  });

  it("sends secrets over plain HTTP to this machine alone", async () => {
    const allow = ["http://localhost:8080", "http://a.example"].map((origin) => ({
      origin,
      headers: { "X-Key": SECRET },
    }));
    await withTestHttp(
      async (http) => {
        http.when(/./).reply();
        assert.equal((await http.http_background("default", "http://localhost:8080/")).status, 200);
        assert.equal((await http.http_background("default", "http://a.example/")).code, "DENIED");
      },
      undefined,
      { policy: { allow } },
    );
  });
});
