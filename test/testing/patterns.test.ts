import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { CallOptions, Post } from "../../host/index.ts";
import {
  createTestHttpBackground,
  type RequestPattern,
  type TestHttpBackground,
  type TestRequest,
} from "../../host/testing/index.ts";

let http: TestHttpBackground;
before(async () => {
  http = await createTestHttpBackground({ threads: [{ id: "default" }, { id: "other" }] });
});
after(() => http.destroy());

interface Call {
  readonly url?: string;
  readonly options?: CallOptions;
  readonly post?: Post;
  readonly thread?: string;
}

/** Whether a call fits a pattern. */
async function fits(pattern: RequestPattern | string | RegExp | URL, call: Call): Promise<boolean> {
  http.reset();
  http.when(pattern).reply();
  const { url = "https://a.example/v1/users/7?b=2&a=1", options, post, thread = "default" } = call;
  try {
    await http.http_background(thread, url, options, post);
    return true;
  } catch (error) {
    assert.equal((error as { code: unknown }).code, "NO_FAKE");
    return false;
  }
}

const FORM = { headers: ["Content-Type: application/x-www-form-urlencoded"] };
const PARTS: Post = {
  text: { data: "grüße" },
  file: { data: "a=b\r\nc", filename: 'a"b.txt', type: "text/x", encoder: "quoted-printable" },
  bytes: { data: Uint8Array.of(0, 255, 13, 10), filename: "x.bin", encoder: "base64" },
};

/** Patterns and calls: those that fit, then those that do not. */
const TABLE: readonly (readonly [
  pattern: RequestPattern | string | RegExp | URL,
  fitting: readonly Call[],
  others: readonly Call[],
])[] = [
  [
    "https://a.example/v1/users/7",
    [{}],
    [{ url: "http://a.example/v1/users/7" }, { url: "https://b.example/v1/users/7" }],
  ],
  [new URL("https://a.example/v1/users/7?a=1&b=2"), [{}], [{ url: "https://a.example/v1/users/7?a=1" }]],
  ["https://A.example:443/v1/./users/7?a=1&b=2", [{}], [{ url: "https://a.example/v1/users/7" }]],
  ["/v1/*/7", [{}], [{ url: "https://a.example/v1/users/8" }, { url: "https://a.example/v1/users/x/7" }]],
  ["/v1/*", [{}, { url: "a.example/v1/" }], [{ url: "a.example/v1" }, { url: "a.example/v2/x" }]],
  ["a.example/grüße?q=ü", [{ url: "a.example/grüße?q=ü" }], [{ url: "a.example/gruesse" }]],
  // Browsers and `URL` write other escapes than curl.
  [
    "https://a.example/grüße/~a?q=ü+x&r",
    [
      { url: "https://a.example/gr%C3%BC%c3%9fe/%7ea?q=%C3%bC%20x&r=" },
      { url: new URL("https://a.example/grüße/~a?r&q=ü x").href },
    ],
    [{ url: "https://a.example/gr%25C3%25BC%c3%9fe/~a?q=ü+x&r" }],
  ],
  [new URL("https://a.example/é"), [{ url: "https://a.example/é" }], [{ url: "https://a.example/%2e/é" }]],
  // No URL of the web platform.
  [{ query: { a: 1 } }, [{ url: "http://127.0.0.1.5/?a=1" }], [{ url: "http://127.0.0.1.5/?a=2" }]],
  [{ url: () => true }, [{}], [{ url: "http://127.0.0.1.5/" }]],
  [/users\/\d+\?/g, [{}, {}], [{ url: "https://a.example/users/x" }]],
  [{ url: (url) => url.searchParams.get("a") === "1" }, [{}], [{ url: "https://a.example/?a=2" }]],
  [{ method: "GET" }, [{}], [{ options: { method: "get" } }, { post: "x" }]],
  [{ method: ["PUT", "POST"] }, [{ post: "x" }], [{}]],
  [{ query: { a: 1 } }, [{}], [{ url: "https://a.example/?a=2" }, { url: "https://a.example/" }]],
  [{ query: { a: ["1", "2"] } }, [{ url: "a.example/?a=1&a=2" }], [{ url: "a.example/?a=2&a=1" }, {}]],
  [{ query: { c: null, a: /^1$/ } }, [{}], [{ url: "a.example/?a=1&c=" }]],
  [
    { headers: { "x-key": "grüße", accept: (value) => value === "*/*" } },
    [{ options: { headers: ["X-Key: grüße"] } }],
    [{ options: { headers: ["X-Key: gruesse"] } }, {}],
  ],
  [{ headers: { authorization: null } }, [{}], [{ options: { username: "u", password: "p" } }]],
  [{ body: "grüße" }, [{ post: "grüße" }], [{ post: "gruesse" }, {}]],
  [{ body: Uint8Array.of(0, 255) }, [{ post: Uint8Array.of(0, 255) }], [{ post: Uint8Array.of(0) }]],
  [{ body: /^a/ }, [{ post: "ab" }], [{ post: "ba" }]],
  [{ body: (bytes) => bytes.length === 2 }, [{ post: "ab" }], [{ post: "a" }]],
  [
    { json: { a: [1, { b: null }], c: /^x/, d: Number.isInteger } },
    [{ post: '{"d":3,"c":"xy","a":[1,{"b":null}]}' }],
    [
      { post: '{"d":3,"c":"xy","a":[1,{"b":0}]}' },
      { post: '{"d":3.5,"c":"xy","a":[1,{"b":null}]}' },
      { post: '{"d":3,"c":"yx","a":[1,{"b":null}]}' },
      { post: '{"d":3,"c":"xy","a":[1,{"b":null}],"e":1}' },
      { post: '{"d":3,"c":"xy","a":{"0":1,"1":{"b":null}}}' },
      { post: "{" },
    ],
  ],
  [
    { json: JSON.parse("[".repeat(1000) + "]".repeat(1000)) },
    [{ post: "[".repeat(1000) + "]".repeat(1000) }],
    [{ post: "[".repeat(999) + "]".repeat(999) }],
  ],
  [{ json: null }, [{ post: "null" }], [{ post: "0" }, {}]],
  [
    { form: { a: "x y", b: ["1", "2"] } },
    [{ post: "b=1&a=x+y&b=2&c=3", options: FORM }],
    [{ post: "a=x+y", options: FORM }],
  ],
  [{ parts: { text: "grüße" } }, [{ post: PARTS }], [{ post: { text: { data: "x" } } }, { post: "text" }]],
  [
    { parts: { file: { filename: 'a"b.txt', type: "text/x", content: "a=b\r\nc" }, none: null } },
    [{ post: PARTS }],
    [
      { post: { file: { data: "a=b\r\nc", filename: "b.txt", type: "text/x" } } },
      { post: { ...PARTS, none: { data: "" } } },
    ],
  ],
  [
    { parts: { bytes: { content: Uint8Array.of(0, 255, 13, 10) } } },
    [{ post: PARTS }],
    [{ post: { bytes: { data: "x" } } }],
  ],
  [{ thread: "other" }, [{ thread: "other" }], [{}]],
  [{ match: ({ raw }: TestRequest) => raw.includes("GET /v1/") }, [{}], [{ post: "x" }]],
];

describe("a pattern", () => {
  for (const [pattern, fitting, others] of TABLE) {
    it(`fits what it names: ${pattern instanceof URL || typeof pattern === "string" ? pattern : Object.keys(pattern).join() || pattern}`, async () => {
      for (const call of fitting) assert.equal(await fits(pattern, call), true, JSON.stringify(call));
      for (const call of others) assert.equal(await fits(pattern, call), false, JSON.stringify(call));
    });
  }
});
