import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { CallOptions, Post } from "../../host/index.ts";
import type { RequestPattern } from "../../host/testing/index.ts";
import { withTestHttp } from "../support/test-http.ts";

const URL_ = "https://a.example/v1/users?page=2";
const FORM = { headers: ["Content-Type: application/x-www-form-urlencoded"] };
const PARTS: Post = {
  note: { data: "grüße" },
  file: { data: "a,b", filename: "list.csv", type: "text/csv", encoder: "base64" },
};

interface Sent {
  readonly options?: CallOptions;
  readonly post?: Post;
}

/** Patterns, what is sent, and what is said of the difference. */
const TABLE: readonly (readonly [pattern: RequestPattern, sent: Sent, ...said: readonly string[]])[] = [
  [{ method: ["PUT", "PATCH"] }, {}, "method: wanted PUT or PATCH, came GET"],
  [
    { url: "http://b.example:81/v1/users" },
    {},
    'origin: wanted "http://b.example:81", came "https://a.example"',
  ],
  [{ url: "/v2/*" }, {}, 'path: wanted "/v2/*", came "/v1/users"'],
  [{ url: "/v1/users?page=1&size=5" }, {}, 'query: wanted "page=1&size=5", came "page=2"'],
  [{ url: /users\/\d/ }, {}, `url: wanted /users\\/\\d/, came "${URL_}"`],
  [
    { query: { page: 1, size: /./ } },
    {},
    'query.page: wanted 1, came "2"',
    "query.size: wanted /./, came nothing",
  ],
  [
    { headers: { accept: "text/html", "x-key": ["1", "2"] } },
    {},
    'headers.accept: wanted "text/html", came "*/*"',
    "headers.x-key: wanted [ '1', '2' ], came nothing",
  ],
  [
    { headers: { "user-agent": null } },
    { options: { headers: ["User-Agent: x"] } },
    'headers.user-agent: wanted nothing, came "x"',
  ],
  [{ body: "abc" }, { post: "abd" }, 'body: wanted "abc", came "abd"'],
  [{ json: { a: 1 } }, { post: "{" }, 'json: wanted { a: 1 }, came what is not JSON: "{"'],
  [
    { json: { a: [1, { b: /x/ }] } },
    { post: '{"a":[1,{"b":"y"}],"c":null}' },
    'json.a[1].b: wanted /x/, came "y"',
    "json.c: wanted nothing, came null",
  ],
  [
    { form: { a: "x y", b: null } },
    { options: FORM, post: "a=x+z&b=" },
    'form.a: wanted "x y", came "x z"',
    'form.b: wanted nothing, came ""',
  ],
  [{ parts: { note: "hello", none: null } }, { post: PARTS }, 'parts.note: wanted "hello", came "grüße"'],
  [
    { parts: { file: { filename: /\.txt$/, type: "text/plain", content: "a;b" } } },
    { post: PARTS },
    'parts.file.filename: wanted /\\.txt$/, came "list.csv"',
    'parts.file.type: wanted "text/plain", came "text/csv"',
    'parts.file.content: wanted "a;b", came "a,b"',
  ],
  [{ parts: { image: "x" } }, { post: PARTS }, 'parts.image: wanted "x", came nothing'],
  [{ parts: { note: null } }, { post: PARTS }, 'parts.note: wanted nothing, came "grüße"'],
  [{ parts: { note: "x" } }, { post: "x" }, "parts: wanted [ 'note' ], came no multipart body"],
  [{ thread: "other" }, {}, 'thread: wanted "other", came "default"'],
  [{ match: () => false }, {}, "match: wanted true, came not true"],
];

describe("the difference of a request from the nearest fake", () => {
  for (const [pattern, { options = {}, post }, ...said] of TABLE) {
    it(`is readable: ${said[0]}`, () =>
      withTestHttp(async (http) => {
        http.when(pattern).reply();
        await assert.rejects(http.http_background("default", URL_, options, post), (error: Error) => {
          const [, nearest, ...differences] = error.message.split("\n");
          assert.match(nearest ?? "", /^ {2}the nearest of 1 is /);
          assert.deepEqual(
            differences,
            said.map((one) => `    ${one}`),
          );
          return true;
        });
      }));
  }

  it("is that of the fake whose place fits best, whichever was made first", () =>
    withTestHttp(async (http) => {
      http.when({ method: "GET", url: "https://b.example/v1/users", body: "" }).reply();
      http.when({ url: "https://a.example/v1/users", headers: { "x-a": "1", "x-b": "2" } }).reply();
      http.when({ method: "POST", url: "https://a.example/v1/users" }).reply();
      await assert.rejects(http.http_background("default", URL_), {
        message: /the nearest of 3 is https:\/\/a\.example\/v1\/users with headers\n/,
      });
    }));

  it("is short, however much differs", () =>
    withTestHttp(async (http) => {
      const values = Object.fromEntries(
        Array.from({ length: 1000 }, (_, at) => [`name-${at}`, "x".repeat(1000)]),
      );
      http.when({ json: values, headers: values, query: values }).reply();
      await assert.rejects(
        http.http_background("default", URL_, {}, JSON.stringify(["y".repeat(100_000)])),
        (error: Error) => {
          assert.equal(error.message.split("\n").length, 12);
          return error.message.length < 5000;
        },
      );
    }));
});
