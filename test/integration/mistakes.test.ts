import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground, HttpBackgroundError } from "../../host/index.ts";

type Untyped = (...args: unknown[]) => Promise<unknown>;

const URL_TEXT = "http://127.0.0.1:1/";

const PARTS_ADVICE =
  "a part is { data }; for JSON give JSON.stringify(…), for a web form new URLSearchParams(…)";
const PKI_ADVICE = "there is no pki of Halon here; read the files, and give their content";
const PEM = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n";

type Row = readonly [args: unknown[], message: string, option: string | undefined, cause: string];

const CERTIFICATES = (
  [
    ["pki:1", "tls_client_cert", `an object with x509 and privatekey, and is text: ${PKI_ADVICE}`],
    [{}, "x509", "an X509Certificate, or text or bytes of PEM, and is undefined"],
    [{ x509: "pki:1" }, "x509", `an X509Certificate, or text or bytes of PEM, and is text: ${PKI_ADVICE}`],
    [{ x509: PEM }, "privatekey", "a private KeyObject, or text or bytes of PEM, and is undefined"],
    [
      { x509: PEM, privatekey: 5 },
      "privatekey",
      "a private KeyObject, or text or bytes of PEM, and is a number",
    ],
    [{ x509: PEM, privatekey: KEY, chain: PEM }, "chain", "an array of certificates, and is text"],
    [
      { x509: PEM, privatekey: KEY, chain: [5] },
      "x509 value in chain",
      "an array of X509Certificates, or of text or bytes of PEM, and is an array",
    ],
  ] as const
).flatMap(([value, name, sentence]): Row[] =>
  ["tls_client_cert", "tls_verify_cert"].map((option) => {
    const member = name === "tls_client_cert" ? "" : `.${name.replace(/^.* in /, "")}`;
    const message = `Bad ${name.includes(" ") ? name : `${name} value`}`;
    const cause = `tls_client_cert${member} must be ${sentence}`;
    return [["t", URL_TEXT, { [option]: value }], message, "tls_client_cert", cause];
  }),
);

/** The original's message, and what we add to it. */
const ROWS: readonly Row[] = [
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
  [
    ["t", URL_TEXT, { proxy: new URL(URL_TEXT) }],
    "Bad proxy value",
    "proxy",
    "proxy must be text, and is a URL: give its href",
  ],
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
    ["t", URL_TEXT, {}, { a: { data: new URLSearchParams() } }],
    "Bad data type",
    "post.a.data",
    "post.a.data must be text, bytes or a File that is open, and is a URLSearchParams: give its toString()",
  ],
  [
    ["t", URL_TEXT, {}, [{ data: new FormData() }]],
    "Bad data type",
    "post.0.data",
    "post.0.data must be text, bytes or a File that is open, and is a FormData: post it alone, without an object around it",
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
    `post.1 must be an object with data, and is text: ${PARTS_ADVICE}`,
  ],
  [
    ["t", URL_TEXT, {}, { text: "x" }],
    "Bad data type",
    "post.text",
    `post.text must be an object with data, and is text: ${PARTS_ADVICE}`,
  ],
  ...CERTIFICATES,
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
