import assert from "node:assert/strict";
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { before, describe, it } from "node:test";
import { decode, encode } from "@msgpack/msgpack";
import { MAX_HEADERS, MAX_PART_TEXT, MAX_PARTS, MAX_VALUES } from "../../assembly/abi.ts";
import { HttpBackgroundError } from "../../host/api/errors.ts";
import type { Plugin } from "../../host/guest/plugin.ts";
import { callPlugin, loadPlugin } from "../support/plugin-call.ts";
import { VARIANTS } from "../support/variants.ts";

const URL = "http://127.0.0.1/";
const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const publicKey: KeyObject = createPublicKey(privateKey);
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const KEY = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
const cert = (fields: object): object => ({ tls_client_cert: fields });

/** In the order of the original's checks: the arguments, the message, the code, the option. */
const REFUSED: readonly (readonly [
  args: readonly unknown[],
  message: string,
  code: string,
  option?: string,
])[] = [
  [[], "Bad ID parameter", "BAD_ARGUMENT", "id"],
  [[undefined, URL], "Bad ID parameter", "BAD_ARGUMENT", "id"],
  [[null, URL], "Bad ID parameter", "BAD_ARGUMENT", "id"],
  [[7, URL], "Bad ID parameter", "BAD_ARGUMENT", "id"],
  [[["default"], URL], "Bad ID parameter", "BAD_ARGUMENT", "id"],
  [["nope", URL], "Missing ID in configuration", "UNKNOWN_THREAD", "id"],
  [["", URL], "Missing ID in configuration", "UNKNOWN_THREAD", "id"],
  [["default\0", URL], "Missing ID in configuration", "UNKNOWN_THREAD", "id"],
  [["nope"], "Missing ID in configuration", "UNKNOWN_THREAD", "id"],
  [["default"], "Bad URL parameter", "BAD_ARGUMENT", "url"],
  [["default", 1], "Bad URL parameter", "BAD_ARGUMENT", "url"],
  [["default", undefined, {}], "Bad URL parameter", "BAD_ARGUMENT", "url"],
  [["default", URL, null], "Bad options parameter", "BAD_ARGUMENT", "options"],
  [["default", URL, "x"], "Bad options parameter", "BAD_ARGUMENT", "options"],
  [["default", URL, true], "Bad options parameter", "BAD_ARGUMENT", "options"],
  [["default", URL, new Date()], "Bad options parameter", "BAD_ARGUMENT", "options"],
  [["default", URL, () => {}], "Bad options parameter", "BAD_ARGUMENT", "options"],
  [["default", URL, { tls_verify_peer: 1 }], "Bad tls_verify_peer value", "BAD_OPTION", "tls_verify_peer"],
  [["default", URL, { tls_verify_host: "no" }], "Bad tls_verify_host value", "BAD_OPTION", "tls_verify_host"],
  [["default", URL, cert(null as never)], "Bad tls_client_cert value", "BAD_OPTION", "tls_client_cert"],
  [
    ["default", URL, { tls_verify_cert: "pem" }],
    "Bad tls_client_cert value",
    "BAD_OPTION",
    "tls_client_cert",
  ],
  [["default", URL, cert({})], "Bad x509 value", "BAD_OPTION", "tls_client_cert"],
  [["default", URL, cert([])], "Bad x509 value", "BAD_OPTION", "tls_client_cert"],
  [
    ["default", URL, cert({ x509: privateKey, privatekey: privateKey })],
    "Bad x509 value",
    "BAD_OPTION",
    "tls_client_cert",
  ],
  [["default", URL, cert({ x509: "pem" })], "Bad x509 value", "BAD_OPTION", "tls_client_cert"],
  [["default", URL, cert({ x509: KEY })], "Bad x509 value", "BAD_OPTION", "tls_client_cert"],
  [
    ["default", URL, cert({ x509: Uint8Array.of(0x30, 2, 0) })],
    "Bad x509 value",
    "BAD_OPTION",
    "tls_client_cert",
  ],
  [["default", URL, cert({ x509: CERTIFICATE })], "Bad privatekey value", "BAD_OPTION", "tls_client_cert"],
  [
    ["default", URL, cert({ x509: Uint8Array.of(0x30, 0x81, 1, 0) })],
    "Bad privatekey value",
    "BAD_OPTION",
    "tls_client_cert",
  ],
  [
    ["default", URL, cert({ x509: CERTIFICATE, privatekey: CERTIFICATE })],
    "Bad privatekey value",
    "BAD_OPTION",
    "tls_client_cert",
  ],
  [
    ["default", URL, cert({ x509: CERTIFICATE, privatekey: publicKey })],
    "Bad privatekey value",
    "BAD_OPTION",
    "tls_client_cert",
  ],
  [
    ["default", URL, cert({ x509: CERTIFICATE, privatekey: privateKey, chain: CERTIFICATE })],
    "Bad chain value",
    "BAD_OPTION",
    "tls_client_cert",
  ],
  [
    ["default", URL, cert({ x509: CERTIFICATE, privatekey: KEY, chain: [CERTIFICATE, 5] })],
    "Bad x509 value in chain",
    "BAD_OPTION",
    "tls_client_cert",
  ],
  [
    ["default", URL, cert({ x509: CERTIFICATE, privatekey: KEY, chain: { a: CERTIFICATE, b: "pem" } })],
    "Bad x509 value in chain",
    "BAD_OPTION",
    "tls_client_cert",
  ],
  [["default", URL, { timeout: "5" }], "Bad timeout value", "BAD_OPTION", "timeout"],
  [["default", URL, { timeout: 5n }], "Bad timeout value", "BAD_OPTION", "timeout"],
  [["default", URL, { connect_timeout: true }], "Bad connect_timeout value", "BAD_OPTION", "connect_timeout"],
  [["default", URL, { max_file_size: null }], "Bad max_file_size value", "BAD_OPTION", "max_file_size"],
  [["default", URL, { encoder: 1 }], "Bad encoder value", "BAD_OPTION", "encoder"],
  [["default", URL, { proxy: false }], "Bad proxy value", "BAD_OPTION", "proxy"],
  [["default", URL, { method: {} }], "Bad method value", "BAD_OPTION", "method"],
  [["default", URL, { sourceip: 127 }], "Bad sourceip value", "BAD_OPTION", "sourceip"],
  [["default", URL, { username: [] }], "Bad username value", "BAD_OPTION", "username"],
  [["default", URL, { password: 0 }], "Bad password value", "BAD_OPTION", "password"],
  [["default", URL, { aws_sigv4: true }], "Bad aws_sigv4 value", "BAD_OPTION", "aws_sigv4"],
  [["default", URL, { http_version: 1.1 }], "Bad http_version value", "BAD_OPTION", "http_version"],
  [["default", URL, { redirects: "1" }], "Bad redirects value", "BAD_OPTION", "redirects"],
  [
    ["default", URL, new Map<string, unknown>([["redirects", "1"]])],
    "Bad redirects value",
    "BAD_OPTION",
    "redirects",
  ],
  [["default", URL, { redirects: "x", timeout: "x" }], "Bad timeout value", "BAD_OPTION", "timeout"],
  [["default", URL, { proxy: 1, encoder: 1 }], "Bad encoder value", "BAD_OPTION", "encoder"],
  [["default", URL, { timeout: "x" }, 5], "Bad timeout value", "BAD_OPTION", "timeout"],
  [["default", URL, {}, [{ data: "x" }, "y"]], "Bad data type", "BAD_ARGUMENT", "post.1"],
  [["default", URL, {}, { a: {} }], "Bad data type", "BAD_ARGUMENT", "post.a.data"],
  [["default", URL, {}, { a: { data: null } }], "Bad data type", "BAD_ARGUMENT", "post.a.data"],
  [["default", URL, {}, new Map([[5, { data: 1 }]])], "Bad data type", "BAD_ARGUMENT", "post.0.data"],
  [
    ["default", URL, {}, { [`é\n${"x".repeat(100)}`]: 1 }],
    "Bad data type",
    "BAD_ARGUMENT",
    `post.???${"x".repeat(77)}...`,
  ],
  [["default", URL, {}, { a: [] }], "Bad data type", "BAD_ARGUMENT", "post.a"],
  [
    ["default", URL, {}, { a: { data: "x", type: "a\r\nb" }, b: { data: 1 } }],
    "Bad data type",
    "BAD_ARGUMENT",
    "post.b.data",
  ],
  [["default", URL, {}, null], "Bad type of POST parameter", "BAD_ARGUMENT", "post"],
  [["default", URL, {}, 5], "Bad type of POST parameter", "BAD_ARGUMENT", "post"],
  [["default", URL, {}, false], "Bad type of POST parameter", "BAD_ARGUMENT", "post"],
  [["default", URL, {}, new Date()], "Bad type of POST parameter", "BAD_ARGUMENT", "post"],
  [["default", URL, undefined, privateKey], "Bad type of POST parameter", "BAD_ARGUMENT", "post"],
];

const NUMERIC = ["timeout", "connect_timeout", "max_file_size", "redirects"];
const ENDLESS = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** Headers of a body's length whose value is not a length. */
const BAD_LENGTHS: readonly string[] = [
  ...[
    "5015.0",
    "3.0",
    "abc",
    "",
    " ",
    "+3",
    "-1",
    "NaN",
    "Infinity",
    "1e3",
    "0x10",
    "1,000",
    "12 13",
    "5;",
  ].map((value) => `Content-Length: ${value}`),
  "Content-Length:",
  "Content-Length;",
  "Content-Length; 5",
  "Content-Length",
  "Content-Length 5",
  "Content-Length=5",
  "content-length:\u00a05",
  "CONTENT-LENGTH: \u0665",
  `Content-Length: ${2 ** 53}`,
  `Content-Length: ${"0".repeat(100)}${2 ** 53}`,
  // Each of them is a small number once 64 bits are full.
  `Content-Length: ${2n ** 64n + 5n}`,
  `Content-Length: ${2n ** 128n}`,
  `Content-Length: ${"1".repeat(100)}`,
];
const GOOD_LENGTHS: readonly string[] = [
  "Content-Length: 0",
  "Content-Length:5015",
  "content-length:\t 007 ",
  `Content-Length: ${2 ** 53 - 1}`,
  `Content-Length: ${"5".padStart(16, "0")}`,
  `Content-Length: ${String(2 ** 53 - 1).padStart(100, "0")}`,
  "Content-Lengths: abc",
  "X-Content-Length: abc",
];

/** Options, and the same options in the transfer. If one is absent, the transfer does not have it. */
const NORMALISED: readonly (readonly [options: object, transfer: Record<string, unknown>])[] = [
  [{ timeout: 5 }, { timeout: 5 }],
  [{ timeout: 1.99 }, { timeout: 1 }],
  [{ timeout: 0.5 }, {}],
  [{ timeout: -5 }, {}],
  [{ timeout: 2147483 }, { timeout: 2147483 }],
  [{ timeout: 2147484 }, {}],
  [{ connect_timeout: 2.5 }, { connect_timeout: 2 }],
  [{ connect_timeout: -0 }, {}],
  [{ max_file_size: 2 ** 40 + 0.5 }, { max_file_size: 2 ** 40 }],
  [{ max_file_size: -1 }, {}],
  [{ redirects: 0 }, {}],
  [{ redirects: 3 }, { redirects: 3 }],
  [{ redirects: -1 }, { redirects: -1 }],
  [{ redirects: -1.9 }, { redirects: -1 }],
  [{ redirects: -2 }, { redirects: 30 }],
  [{ timeout: 1e300, max_file_size: -1e300, redirects: 1e300 }, { redirects: 30 }],
  [{ proxy: "" }, { proxy: "" }],
  [
    { tls_verify_peer: false, tls_verify_host: true },
    { tls_verify_peer: false, tls_verify_host: true },
  ],
  [{ timeout: undefined, Timeout: "x", nonsense: { deep: [] } }, {}],
];

for (const { name, wasm } of VARIANTS) {
  describe(`validation (${name})`, () => {
    let plugin: Plugin;
    before(async () => {
      plugin = await loadPlugin(wasm);
    });

    for (const [args, message, code, option] of REFUSED) {
      it(`throws "${message}" for ${describeArgs(args)}`, async () => {
        await assert.rejects(callPlugin(plugin, args), (error: unknown) => {
          assert.ok(error instanceof HttpBackgroundError);
          assert.deepEqual({ ...error, message: error.message }, { name: error.name, code, option, message });
          return true;
        });
      });
    }

    for (const [options, expected] of NORMALISED) {
      it(`makes ${JSON.stringify(expected)} of ${describeArgs([options])}`, async () => {
        const { transfer } = await callPlugin(plugin, ["default", URL, options]);
        const { thread, url, ...rest } = transfer ?? {};
        assert.deepEqual(Object.fromEntries(Object.entries(rest).map(textual)), expected);
      });
    }

    for (const name of NUMERIC) {
      it(`throws for a ${name} that is no finite number`, async () => {
        for (const value of ENDLESS) {
          const given = { [name]: value };
          const expected = { code: "BAD_OPTION", option: name, message: `Bad ${name} value` };
          await assert.rejects(callPlugin(plugin, ["default", URL, given]), expected, String(value));
        }
      });
    }

    for (const header of BAD_LENGTHS) {
      it(`throws for the header "${header}", whatever is posted, and shows it`, async () => {
        const shown = shownHeader(header);
        const message = `Bad headers value: "${shown}" has no whole number of bytes`;
        const posts = [
          undefined,
          "x",
          new Blob(["x"]),
          { a: { data: "x" } },
          { a: { data: new Blob(["x"]) } },
        ];
        const shapes = [[header], ["A: 1", header], { a: header }, new Map([[1, Buffer.from(header)]])];
        for (const post of posts) {
          for (const headers of shapes) {
            const given = ["default", URL, { headers }, post];
            const expected = { code: "BAD_OPTION", option: "headers", message };
            await assert.rejects(callPlugin(plugin, given), expected, safeJson(given));
          }
        }
      });
    }

    it("takes a Content-Length that is digits, and leaves line breaks to the network", async () => {
      for (const header of [...GOOD_LENGTHS, "Content-Length: 5\r\nX: 1", "Content-Length: a\0"]) {
        const { transfer } = await callPlugin(plugin, ["default", URL, { headers: [header] }, "x"]);
        assert.deepEqual(transfer?.headers, [Buffer.from(header)]);
      }
    });

    it("takes strings as bytes too, wherever one is asked for", async () => {
      const bytes = (text: string): Uint8Array => Buffer.from(text);
      const { transfer } = await callPlugin(plugin, [
        bytes("default"),
        bytes(URL),
        { method: bytes("PUT") },
        bytes("x"),
      ]);
      assert.deepEqual([transfer?.method, transfer?.url], [Buffer.from("PUT"), Buffer.from(URL)]);
    });

    it("prefers tls_client_cert to its older name", async () => {
      const options = { tls_verify_cert: 5, tls_client_cert: { x509: CERTIFICATE, privatekey: KEY } };
      const { transfer } = await callPlugin(plugin, ["default", URL, options]);
      assert.deepEqual(transfer?.tls_client_cert, [Buffer.from(CERTIFICATE), Buffer.from(KEY), []]);
    });

    it(`takes ${MAX_HEADERS} headers, whatever they are, and no more`, async () => {
      const lists = (count: number): unknown[] => [
        Array(count).fill("A: b"),
        Array(count).fill(5),
        Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, "A: b"])),
      ];
      for (const headers of lists(MAX_HEADERS)) {
        const { transfer } = await callPlugin(plugin, ["default", URL, { headers }]);
        assert.ok(transfer);
      }
      for (const headers of lists(MAX_HEADERS + 1)) {
        const { transfer, result } = await callPlugin(plugin, ["default", URL, { headers }]);
        assert.equal(transfer, undefined);
        assert.equal((result as { code?: string }).code, "OUT_OF_MEMORY");
      }
    });

    it("plans so many parts with so much text in their headers, and not one more", async () => {
      const parts = (count: number): object[] => Array(count).fill({ data: "" });
      const text = (extra: number): object => ({
        // 5 and 1 bytes of names, 3 of a type, 6 of another file name.
        first: { data: "x", filename: '"'.repeat(MAX_PART_TEXT - 15 + extra), type: "a/b" },
        2: { data: "x", filename: "123456" },
      });
      for (const post of [parts(MAX_PARTS), text(0)]) {
        assert.ok((await callPlugin(plugin, ["default", URL, {}, post])).transfer);
      }
      for (const post of [parts(MAX_PARTS + 1), text(1)]) {
        const { transfer, result } = await callPlugin(plugin, ["default", URL, {}, post]);
        assert.equal(transfer, undefined);
        assert.equal((result as { code?: string }).code, "OUT_OF_MEMORY");
      }
      const wrong = [...parts(MAX_PARTS), {}];
      await assert.rejects(callPlugin(plugin, ["default", URL, {}, wrong]), { message: "Bad data type" });
    });

    it("keeps the strings of headers and passes over all else", async () => {
      const headers = ["A: 1", 5, null, ["B: 2"], undefined, Buffer.from("C: 3")];
      const { transfer } = await callPlugin(plugin, ["default", URL, { headers }]);
      assert.deepEqual(transfer?.headers, [Buffer.from("A: 1"), Buffer.from("C: 3")]);
      for (const ignored of ["A: 1", 5, null]) {
        const asked = await callPlugin(plugin, ["default", URL, { headers: ignored }]);
        assert.equal(asked.transfer?.headers, undefined);
      }
    });

    it("takes so many values and not one more, from the caller and from bytes", async () => {
      // The array, thread, URL, map, key, and the list.
      const many = (extra: number) => ({ unknown: new Array(MAX_VALUES - 6 + extra).fill(0) });
      const given = (extra: number) => new Map(Object.entries(many(extra)));
      const { transfer } = await callPlugin(plugin, ["default", URL, given(0)]);
      assert.ok(transfer);
      const malformed = { code: "BAD_ARGUMENT", message: "Malformed arguments" };
      await assert.rejects(callPlugin(plugin, ["default", URL, given(1)]), malformed);
      const bytes = (extra: number) => encode(["default", URL, many(extra)]);
      const ask = async (args: Uint8Array): Promise<string> =>
        JSON.stringify(decode(await plugin.call(args, async () => encode("asked"))));
      assert.equal(await ask(bytes(0)), '"asked"');
      assert.match(await ask(bytes(1)), /Malformed arguments/);
    });
  });
}

/** The header as ASCII, at most 80 bytes. */
function shownHeader(header: string): string {
  const bytes = Buffer.from(header)
    .toString("latin1")
    .replace(/[^ -~]/g, "?");
  return bytes.length > 80 ? `${bytes.slice(0, 80)}...` : bytes;
}

function textual([key, value]: [string, unknown]): [string, unknown] {
  return [key, value instanceof Uint8Array ? Buffer.from(value).toString() : value];
}

function describeArgs(args: readonly unknown[]): string {
  return args.map((arg) => String(typeof arg === "object" ? safeJson(arg) : arg)).join(", ");
}

function safeJson(value: unknown): string {
  return JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? `${inner}n` : inner)) ?? "?";
}
