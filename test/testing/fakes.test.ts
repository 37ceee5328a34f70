import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import type { ErrorCode } from "../../host/index.ts";
import { SENTENCES } from "../../host/network/transfer/failures.ts";
import {
  createTestClock,
  createTestHttpBackground,
  type TestHttpBackground,
  TestKitError,
} from "../../host/testing/index.ts";
import { withTestHttp } from "../support/test-http.ts";

const URL_ = "https://api.example.com/users/1";

const WRONG_PATTERNS: readonly (readonly [option: string, pattern: never])[] = (
  [
    ["method", { method: 5 }],
    ["method", { method: [] }],
    ["body", { body: { a: 1 } }],
    ["match", { match: "x" }],
    ["thread", { thread: 5 }],
    ["query", { query: "a=1" }],
    ["query.a", { query: { a: {} } }],
    ["headers", { headers: ["X-A: 1"] }],
    ["headers", { headers: null }],
    // They look as if they had members, and would let every request match.
    ["headers", { headers: new Headers({ "X-A": "1" }) }],
    ["query", { query: new URLSearchParams("a=1") }],
    ["form", { form: new Map([["a", "1"]]) }],
    ["headers.a", { headers: { a: Symbol("x") } }],
    ["form.a", { form: { a: [1] } }],
    ["parts", { parts: 5 }],
    ["parts.a", { parts: { a: 5 } }],
    ["parts.a", { parts: { a: { name: "x" } } }],
  ] as const
).map(([option, pattern]) => [option, pattern as never] as const);
const WRONG_HEADERS = [{ a: undefined }, { a: null }, [["a"]], ["a"], [["a", {}]], "a: b", null] as never[];
const WRONG_CONTENTS = [
  new Blob(["x"]),
  new FormData(),
  new URLSearchParams("a=b"),
  new Map([["a", 1]]),
  new ReadableStream(),
  Promise.resolve("x"),
];

describe("a fake", () => {
  it("answers with a status, headers and content", () =>
    withTestHttp(async (http) => {
      http.when(URL_).reply(201, { "X-A": ["1", "2"], Location: "/x" }, "grüße");
      const { status, content, headers, url } = await http.http_background("default", URL_);
      assert.deepEqual([status, content?.toString(), url], [201, "grüße", URL_]);
      assert.deepEqual(
        [...(headers ?? [])],
        [
          ["X-A", "1"],
          ["X-A", "2"],
          ["Location", "/x"],
        ],
      );
    }));

  it("answers with JSON and bytes", () =>
    withTestHttp(async (http) => {
      http.when("/json").reply(200, {}, { name: "Ada" });
      http.when("/bytes").reply(200, {}, Uint8Array.of(0, 255));
      http
        .when("/view")
        .reply(200, new Headers({ "X-A": "1" }), new DataView(Uint8Array.of(7, 8, 9).buffer, 1));
      const json = await http.http_background("default", "https://a.example/json");
      assert.equal(json.headers?.get("content-type"), "application/json");
      assert.deepEqual(JSON.parse(String(json.content)), { name: "Ada" });
      const bytes = await http.http_background("default", "https://a.example/bytes");
      assert.deepEqual([...(bytes.content ?? [])], [0, 255]);
      const view = await http.http_background("default", "https://a.example/view");
      assert.deepEqual([view.headers?.get("x-a"), ...(view.content ?? [])], ["1", 8, 9]);
    }));

  it("keeps what it was given, whatever becomes of that later", () =>
    withTestHttp(async (http) => {
      const [value, bytes] = [{ count: 1 }, Buffer.from("abc")];
      http.when("/value").reply(200, {}, value);
      http.when("/bytes").reply(200, {}, bytes);
      value.count = 2;
      bytes.fill("x");
      for (let call = 0; call < 2; call++) {
        const json = await http.http_background("default", "a.example/value");
        assert.equal(String(json.content), '{"count":1}');
        const { content } = await http.http_background("default", "a.example/bytes");
        assert.equal(String(content), "abc");
        content?.fill("y");
      }
    }));

  it("answers with what a function makes of the request, also later", () =>
    withTestHttp(async (http) => {
      http.when("/echo").reply(async (request) => ({ content: request.json() }));
      http.when("/status").reply(() => 418);
      const echoed = await http.http_background("default", "http://a.example/echo", {}, '{"a":1}');
      assert.equal(String(echoed.content), '{"a":1}');
      assert.equal((await http.http_background("default", "http://a.example/status")).status, 418);
    }));

  it("throws to the caller what its function throws", () =>
    withTestHttp(async (http) => {
      const reason = new assert.AssertionError({ message: "not that" });
      http.when("/sync").reply(() => {
        throw reason;
      });
      http.when("/async").reply(() => Promise.reject(reason));
      for (const path of ["sync", "async"]) {
        const call = http.http_background("default", `http://a.example/${path}`);
        await assert.rejects(call, (error) => error === reason);
      }
    }));

  it("lets nobody hide what its functions throw", async () => {
    const reason = new assert.AssertionError({ message: "not that" });
    const fail = (): never => {
      throw reason;
    };
    const failing: ((http: TestHttpBackground) => unknown)[] = [
      (http) => http.when(URL_).reply(fail),
      (http) => http.when(URL_).reply(() => Promise.reject(reason)),
      (http) => http.when({ url: fail }).reply().optional(),
      (http) => http.when({ match: fail }).reply().optional(),
      (http) => http.when({ json: fail }).reply().optional(),
    ];
    for (const prepare of failing) {
      const http = await createTestHttpBackground();
      prepare(http);
      await http.http_background("default", URL_, {}, "1").catch(() => {});
      const isReason = (error: unknown) => error === reason;
      assert.throws(() => http.verify(), isReason);
      await assert.rejects(http.close(), isReason);
      http.reset();
      http.verify();
    }
  });

  it("may take for ever to answer: the call ends in time, and what comes later harms nothing", async () => {
    const clock = createTestClock();
    const http = await createTestHttpBackground(undefined, { clock });
    let answer = (_: number): void => {};
    http.when(URL_).reply(
      () =>
        new Promise<number>((resolve) => {
          answer = resolve;
        }),
    );
    const calling = http.http_background("default", URL_, { timeout: 30 });
    await clock.advance(30_000);
    assert.equal((await calling).code, "OPERATION_TIMEDOUT");
    answer(200);
    const aborting = new AbortController();
    const { signal } = aborting;
    const aborted = http.http_background("default", URL_, {}, undefined, { signal });
    aborting.abort();
    assert.equal((await aborted).code, "ABORTED_BY_CALLBACK");
    const pending = http.http_background("default", URL_);
    await http.destroy();
    assert.equal((await pending).code, "ABORTED_BY_CALLBACK");
  });

  it("answers although onProgress throws, which is a warning", () =>
    withTestHttp(async (http) => {
      http.when(URL_).reply(200, {}, "abc");
      const warned = once(process, "warning");
      let calls = 0;
      const onProgress = (): never => {
        calls++;
        throw new Error("broken");
      };
      const result = await http.http_background("default", URL_, {}, "x", { onProgress });
      assert.deepEqual([result.status, String(result.content), calls], [200, "abc", 1]);
      const [warning] = await warned;
      assert.match(warning.message, /^onProgress has failed, and is not called any more: broken$/);
      http.verify();
    }));

  it("fails with every code", () =>
    withTestHttp(async (http) => {
      for (const code of Object.keys(SENTENCES) as ErrorCode[]) {
        http.when(`/${code}`).fail(code);
        const result = await http.http_background("default", `https://a.example/${code}`, {}, "x");
        assert.deepEqual({ ...result }, { code, error: SENTENCES[code] });
      }
    }));

  it("tells the cause of a failure", () =>
    withTestHttp(async (http) => {
      const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
      http.when(URL_).fail("COULDNT_CONNECT", refused);
      const { cause } = await http.http_background("default", URL_);
      assert.deepEqual(
        [cause?.message, cause?.code, cause?.url],
        ["connect ECONNREFUSED", "ECONNREFUSED", URL_],
      );
    }));

  it("gives its answers in order, each as often as it says, and the last one for ever", () =>
    withTestHttp(async (http) => {
      http.when(URL_).reply(503).times(2).fail("COULDNT_CONNECT").reply(200);
      const seen: unknown[] = [];
      for (let call = 0; call < 6; call++) {
        const { status, code } = await http.http_background("default", URL_);
        seen.push(status ?? code);
      }
      assert.deepEqual(seen, [503, 503, "COULDNT_CONNECT", 200, 200, 200]);
    }));

  it("leaves its turn to the next one when it is used up", () =>
    withTestHttp(async (http) => {
      http.when(URL_).reply(500).times(1);
      http.when({ method: "GET" }).reply(200);
      const statuses = [];
      for (let call = 0; call < 3; call++)
        statuses.push((await http.http_background("default", URL_)).status);
      assert.deepEqual(statuses, [500, 200, 200]);
    }));

  it("gives no content to HEAD, and follows redirects as they are", () =>
    withTestHttp(async (http) => {
      http.when("/moved").reply(302, { Location: "https://b.example/end" }, "moved");
      http.when("https://b.example/end").reply(200, {}, "end");
      const url = "https://a.example/moved";
      const followed = await http.http_background("default", url, { redirects: 1 });
      assert.deepEqual(
        [followed.status, String(followed.content), followed.url],
        [200, "end", "https://b.example/end"],
      );
      const stayed = await http.http_background("default", url);
      assert.deepEqual([stayed.status, String(stayed.content)], [302, "moved"]);
      const head = await http.http_background("default", url, { method: "HEAD" });
      assert.deepEqual([head.status, head.content?.length], [302, 0]);
      assert.equal(
        (await http.http_background("default", url, { redirects: 1, method: "POST" }, "x")).status,
        200,
      );
    }));

  it("respects the limits of a call", () =>
    withTestHttp(async (http) => {
      http.when(URL_).reply(200, {}, "12345");
      assert.equal((await http.http_background("default", URL_, { max_file_size: 5 })).status, 200);
      assert.equal(
        (await http.http_background("default", URL_, { max_file_size: 4 })).code,
        "FILESIZE_EXCEEDED",
      );
      http.when("/loop").reply(302, { Location: "/loop" });
      const loop = await http.http_background("default", "http://a.example/loop", { redirects: 3 });
      assert.equal(loop.code, "TOO_MANY_REDIRECTS");
    }));

  it("is read as a stream, by fetch, and into a stream", () =>
    withTestHttp(async (http) => {
      const long = "x".repeat(200_000);
      http.when(URL_).reply(200, { "Content-Type": "text/plain" }, long);
      const fetched = await http.fetch("default")(URL_);
      assert.equal(await fetched.text(), long);
      const chunks: Uint8Array[] = [];
      const into = new WritableStream<Uint8Array>({ write: (chunk) => void chunks.push(chunk) });
      const written = await http.http_background("default", URL_, {}, undefined, { into });
      assert.equal(written.status, 200);
      assert.equal(Buffer.concat(chunks).toString(), long);
    }));

  it("refuses what cannot be an answer, where it is made", () =>
    withTestHttp(async (http) => {
      const fake = () => http.when(URL_);
      const wrong: (readonly [option: string, make: () => unknown])[] = [
        ["status", () => fake().reply(99)],
        ["status", () => fake().reply(1000)],
        ["headers", () => fake().reply(200, { "a b": "c" })],
        ["headers", () => fake().reply(200, { a: "b\r\nc: d" })],
        ["content", () => fake().reply(204, {}, "x")],
        ["content", () => fake().reply(200, {}, () => 1)],
        ["content", () => fake().reply(200, {}, 1n)],
        ["code", () => fake().fail("COULDNT_CONECT" as ErrorCode)],
        ["times", () => fake().reply().times(0)],
        ["when", () => fake().times(1)],
        ["cut", () => fake().fail("RECV_ERROR").cut(1)],
        ["delay", () => fake().reply().delay(-1)],
        ["trickle", () => fake().reply().trickle(0, 1)],
        ["url", () => http.when("ftp://a.example")],
        ["url", () => http.when({ url: 1 as never })],
        ["methods", () => http.when({ methods: "GET" } as never)],
        ["address", () => http.when({ url: "/x", address: "10.0.0.1" })],
        ["address", () => http.when({ url: URL_, address: "nowhere" })],
        ...WRONG_PATTERNS.map(([option, pattern]) => [option, () => http.when(pattern)] as const),
        ...WRONG_HEADERS.map((headers) => ["headers", () => fake().reply(200, headers)] as const),
        ...WRONG_CONTENTS.map((content) => ["content", () => fake().reply(200, {}, content)] as const),
      ];
      for (const [option, make] of wrong) assert.throws(make, { code: "BAD_ARGUMENT", option }, option);
      assert.throws(() => fake().fail("COULDNT_CONECT" as ErrorCode), /did you mean COULDNT_CONNECT\?/);
    }));
});

describe("a request that no fake answers", () => {
  it("is thrown to the caller, with the nearest fake and how the request differs from it", () =>
    withTestHttp(async (http) => {
      http.when({ method: "PUT", url: "https://other.example/" }).reply();
      http
        .when({ method: "POST", url: URL_, json: { name: "Ada", tags: ["a"] }, headers: { "X-Key": "1" } })
        .reply();
      const options = { headers: ["X-Key: 2"] };
      const call = http.http_background("default", `${URL_}0`, options, '{"name":"Bob","tags":["a","b"]}');
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof TestKitError);
        assert.equal(error.code, "NO_FAKE");
        assert.deepEqual(error.message.split("\n"), [
          `no fake answers POST ${URL_}0`,
          `  the nearest of 2 is POST ${URL_} with headers, json`,
          '    path: wanted "/users/1", came "/users/10"',
          '    headers.X-Key: wanted "1", came "2"',
          '    json.name: wanted "Ada", came "Bob"',
          '    json.tags[1]: wanted nothing, came "b"',
        ]);
        return true;
      });
    }));

  it("says if there is no fake, or if the right one is used up", () =>
    withTestHttp(async (http) => {
      await assert.rejects(http.http_background("default", URL_), /there is none: make one with when/);
      http.when(URL_).reply().times(2);
      await http.http_background("default", URL_);
      await http.http_background("default", URL_);
      await assert.rejects(http.http_background("default", URL_), /fits, but is used up \(2 times\)/);
    }));

  it("is told again by verify and close, if somebody caught it", async () => {
    const http = await createTestHttpBackground();
    await http
      .fetch("default")(URL_)
      .catch(() => {});
    assert.throws(() => http.verify(), { code: "NO_FAKE" });
    await assert.rejects(http.close(), { code: "NO_FAKE" });
    http.reset();
    http.verify();
  });

  it("is the reason of a rejected fetch, and of a stream", () =>
    withTestHttp(async (http) => {
      await assert.rejects(http.fetch("default")(URL_), ({ cause }: Error) => {
        return cause instanceof TestKitError && cause.code === "NO_FAKE";
      });
      const streamed = http.http_background("default", URL_, {}, undefined, { stream: true });
      await assert.rejects(streamed, { code: "NO_FAKE" });
    }));
});

describe("unused fakes", () => {
  it("are reported, unless they are optional or were used to their end", async () => {
    const http = await createTestHttpBackground();
    http.when("/never").reply();
    http.when("/often").reply();
    http.when("/once").reply().times(1);
    http.when("/twice").reply().times(2);
    http.when("/first").reply(500).reply(200);
    http.when("/optional").reply().optional();
    for (const path of ["often", "often", "once", "twice", "first"])
      await http.http_background("default", `https://a.example/${path}`);
    assert.deepEqual(http.unused(), ["/never (used 0 times)", "/twice (used once)", "/first (used once)"]);
    assert.throws(() => http.verify(), { code: "UNUSED_FAKE", message: /\n {2}\/never \(used 0 times\)\n/ });
    await assert.rejects(http.close(), { code: "UNUSED_FAKE" });
  });
});

describe("tests at the same time", () => {
  it("do not see each other's fakes and requests", async () => {
    const worlds = await Promise.all([1, 2, 3].map(() => createTestHttpBackground()));
    worlds.forEach((http, index) => void http.when(URL_).reply(200 + index));
    const results = await Promise.all(
      worlds.flatMap((http) => [http, http]).map((http) => http.http_background("default", URL_)),
    );
    assert.deepEqual(
      results.map(({ status }) => status),
      [200, 200, 201, 201, 202, 202],
    );
    for (const http of worlds) assert.equal(http.requests().length, 2);
    await Promise.all(worlds.map((http) => http.close()));
  });
});
