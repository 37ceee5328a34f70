import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground, HttpBackgroundError } from "../../host/index.ts";

type Untyped = (...args: unknown[]) => Promise<unknown>;

const URL_TEXT = "http://127.0.0.1:1/";

/** The original's message, and what is told beside it. */
const ROWS: readonly (readonly [
  args: unknown[],
  message: string,
  option: string | undefined,
  cause: string,
])[] = [
  [
    ["nope", URL_TEXT],
    "Missing ID in configuration",
    "id",
    'there is no thread "nope"; the configuration has "t", "u"',
  ],
  [
    [Buffer.from("n"), URL_TEXT],
    "Missing ID in configuration",
    "id",
    'there is no thread "n"; the configuration has "t", "u"',
  ],
  [[5, URL_TEXT], "Bad ID parameter", "id", "id must be text, and is a number"],
  [["t", new URL(URL_TEXT)], "Bad URL parameter", "url", "url must be text, and is a URL: give its href"],
  [
    ["t", URL_TEXT, "x"],
    "Bad options parameter",
    "options",
    "options must be an object or a Map, and is text",
  ],
  [
    ["t", URL_TEXT, { timeout: "5" }],
    "Bad timeout value",
    "timeout",
    "timeout must be a number, and is text",
  ],
  [
    ["t", URL_TEXT, { timeout: Number("none") }],
    "Bad timeout value",
    "timeout",
    "timeout must be a finite number, and is NaN",
  ],
  [
    ["t", URL_TEXT, new Map([["redirects", Number.POSITIVE_INFINITY]])],
    "Bad redirects value",
    "redirects",
    "redirects must be a finite number, and is Infinity",
  ],
  [
    ["t", URL_TEXT, { headers: ["A: 1", "Content-Length: 5015.0"] }, new Blob(["x"])],
    'Bad headers value: "Content-Length: 5015.0" has no whole number of bytes',
    "headers",
    'a Content-Length is digits alone, such as "Content-Length: 5015"; without one, a File is sent in chunks',
  ],
  [
    ["t", URL_TEXT, new Map([["method", null]])],
    "Bad method value",
    "method",
    "method must be text, and is null",
  ],
  [
    ["t", URL_TEXT, { tls_verify_peer: 1 }],
    "Bad tls_verify_peer value",
    "tls_verify_peer",
    "tls_verify_peer must be true or false, and is a number",
  ],
  [
    ["t", URL_TEXT, {}, new URLSearchParams()],
    "Bad type of POST parameter",
    "post",
    "post must be text, bytes, a File, or an object of parts, and is a URLSearchParams: give its toString()",
  ],
  [
    ["t", URL_TEXT, {}, new FormData()],
    "Bad type of POST parameter",
    "post",
    "post must be text, bytes, a File, or an object of parts, and is a FormData: give its entries as { name: { data } }",
  ],
  [
    ["t", URL_TEXT, {}, { a: { data: "x" }, b: { text: "x" } }],
    "Bad data type",
    "post.b.data",
    "post.b.data must be text, bytes or a File that is open, and is undefined",
  ],
  [
    ["t", URL_TEXT, {}, [{ data: "x" }, "x"]],
    "Bad data type",
    "post.1",
    "post.1 must be an object with data, and is text",
  ],
  [
    ["t", URL_TEXT, {}, new Map([["m", { data: 5 }]])],
    "Bad data type",
    "post.m.data",
    "post.m.data must be text, bytes or a File that is open, and is a number",
  ],
];

describe("a mistake", () => {
  let http: HttpBackground;
  before(async () => {
    http = await createHttpBackground({ threads: [{ id: "t" }, { id: "u" }] });
  });
  after(() => http.close());

  for (const [args, message, option, sentence] of ROWS) {
    it(`has the original's message, the name of what is wrong, and a sentence: ${sentence}`, async () => {
      await assert.rejects((http.http_background as Untyped)(...args), (error: unknown) => {
        assert.ok(error instanceof HttpBackgroundError);
        assert.equal(error.message, message);
        assert.equal(error.option, option);
        assert.equal((error.cause as Error).message, sentence);
        return true;
      });
    });
  }

  it("shows no value, and is one also if the value cannot be looked at", async () => {
    const proxy = Proxy.revocable({}, {});
    const options = Object.defineProperty({}, "password", { enumerable: true, get: () => 5 });
    await assert.rejects((http.http_background as Untyped)("t", URL_TEXT, options), { option: "password" });
    proxy.revoke();
    await assert.rejects((http.http_background as Untyped)("t", URL_TEXT, {}, { a: proxy.proxy }));
  });
});
