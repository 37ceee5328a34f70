import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Plugin } from "../../host/guest/plugin.ts";
import { asText, callPlugin, loadPlugin } from "../support/plugin-call.ts";
import { VARIANTS } from "../support/variants.ts";

const URL = "http://127.0.0.1/";
const FORM = "application/x-www-form-urlencoded";
const OCTETS = "application/octet-stream";
const EMAIL = new Blob(["Subject: x\r\n\r\nhello"]);

const FILE_PART = [
  '--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--B\r\nContent-Disposition: form-data; name="f"\r\nContent-Transfer-Encoding: base64\r\n\r\n',
  "\r\n--B--\r\n",
];

/** `post`, the options with it, and the body of the transfer; B stands for the boundary. */
const BODIES: readonly (readonly [what: string, post: unknown, options: object, body: object])[] = [
  ["text", "å", {}, { kind: 1, type: FORM, length: 2, segments: ["\u00c3\u00a5"] }],
  ["nothing in a string", "", {}, { kind: 1, type: FORM, length: 0, segments: [] }],
  ["bytes", Uint8Array.of(0, 255), {}, { kind: 1, type: FORM, length: 2, segments: ["\0\u00ff"] }],
  [
    "text of 4096 bytes",
    "x".repeat(4096),
    {},
    { kind: 1, type: FORM, length: 4096, segments: ["x".repeat(4096)] },
  ],
  [
    "text of 4097 bytes, by reference",
    "x".repeat(4097),
    {},
    { kind: 1, type: FORM, length: 4097, segments: [[0, 0]] },
  ],
  ["a File", EMAIL, {}, { kind: 2, type: OCTETS, length: 19, segments: [[0, 0]] }],
  [
    "a File with a type of its own",
    EMAIL,
    { headers: ["content-TYPE: a/b"] },
    { kind: 2, type: null, length: 19, segments: [[0, 0]] },
  ],
  [
    "a File whose type is sent empty beside the default",
    EMAIL,
    { headers: ["Content-Type;"] },
    { kind: 2, type: OCTETS, length: 19, segments: [[0, 0]] },
  ],
  [
    "a File through base64",
    EMAIL,
    { encoder: "base64" },
    { kind: 2, type: OCTETS, length: 29, segments: [[0, 3]] },
  ],
  [
    "a File through no encoder of that spelling",
    EMAIL,
    { encoder: "BASE64" },
    { kind: 2, type: OCTETS, length: 19, segments: [[0, 0]] },
  ],
  ["no parts", [], {}, multipart("--B--\r\n")],
  [
    "a part",
    { a: { data: "x" } },
    {},
    multipart('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--B--\r\n'),
  ],
  [
    "a part without a name",
    [{ data: "x" }],
    {},
    multipart("--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--\r\n"),
  ],
  [
    "a part under a number",
    new Map([[5, { data: "x" }]]),
    {},
    multipart("--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--\r\n"),
  ],
  [
    "a name with what must be escaped",
    new Map([['a"b\\\r\n%22;', { data: "x" }]]),
    {},
    multipart('--B\r\nContent-Disposition: form-data; name="a%22b\\%0D%0A%22;"\r\n\r\nx\r\n--B--\r\n'),
  ],
  [
    "a file name that has a type",
    { a: { data: "x", filename: "b.JPEG" } },
    {},
    multipart(
      '--B\r\nContent-Disposition: form-data; name="a"; filename="b.JPEG"\r\nContent-Type: image/jpeg\r\n\r\nx\r\n--B--\r\n',
    ),
  ],
  [
    "an empty type",
    { a: { data: "x", filename: "b.txt", type: "" } },
    {},
    multipart(
      '--B\r\nContent-Disposition: form-data; name="a"; filename="b.txt"\r\nContent-Type: \r\n\r\nx\r\n--B--\r\n',
    ),
  ],
  [
    "fields of the wrong type",
    { a: { data: "x", filename: 1, type: null, encoder: {} } },
    {},
    multipart('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--B--\r\n'),
  ],
  [
    "an encoder that only has a header",
    { a: { data: "x", encoder: "8BIT" } },
    {},
    multipart(
      '--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: 8bit\r\n\r\nx\r\n--B--\r\n',
    ),
  ],
  [
    "an encoder that is none",
    { a: { data: "x", encoder: "rot13" } },
    {},
    multipart('--B\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--B--\r\n'),
  ],
  [
    "base64",
    { a: { data: "hello", encoder: "base64" } },
    {},
    multipart(
      '--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--B--\r\n',
    ),
  ],
  [
    "quoted-printable, whose length is not said",
    { a: { data: "å ", encoder: "quoted-printable" } },
    {},
    {
      ...multipart(
        '--B\r\nContent-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=C3=A5=20\r\n--B--\r\n',
      ),
      length: -1,
    },
  ],
  [
    "another multipart type",
    { a: { data: "x" } },
    { headers: ["Content-Type:  multipart/related"] },
    multipart('--B\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--B--\r\n', "multipart/related"),
  ],
  [
    "parts of another multipart type, without a name",
    [{ data: "x" }, { data: "y", type: "a/b" }],
    { headers: ["Content-Type: multipart/related"] },
    multipart("--B\r\n\r\nx\r\n--B\r\nContent-Type: a/b\r\n\r\ny\r\n--B--\r\n", "multipart/related"),
  ],
  [
    "a type with a colon rather than the one before it",
    [],
    { headers: ["Content-Type;", "Content-Type: a/b", "Content-Type: c/d"] },
    multipart("--B--\r\n", "a/b"),
  ],
  ["an empty type of the whole", [], { headers: ["Content-Type;"] }, multipart("--B--\r\n", "")],
  [
    "form data with a parameter",
    [{ data: "x" }],
    { headers: ["Content-Type: multipart/form-data; a=b"] },
    multipart("--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--\r\n", "multipart/form-data; a=b"),
  ],
  [
    "a File among parts",
    { a: { data: "x" }, f: { data: EMAIL, encoder: "base64" } },
    {},
    {
      ...multipart(FILE_PART.join("")),
      // The three boundaries, the text around the File, and 19 bytes as base64.
      length: FILE_PART.join("").length + 3 * 45 + 28,
      segments: [FILE_PART[0], [0, 2], FILE_PART[1]],
    },
  ],
];

/** Calls that make no transfer, and the code of the result. */
const REFUSED: readonly (readonly [what: string, post: unknown, options: object, code: string])[] = [
  ["a type with a line break", { a: { data: "x", type: "a/b\r\nX: y" } }, {}, "BAD_FUNCTION_ARGUMENT"],
  ["a type with NUL", { a: { data: "x", type: "a\0b" } }, {}, "BAD_FUNCTION_ARGUMENT"],
  ["a name with NUL", { "a\0b": { data: "x" } }, {}, "BAD_FUNCTION_ARGUMENT"],
  ["a file name with NUL", { a: { data: "x", filename: "a\0.txt" } }, {}, "BAD_FUNCTION_ARGUMENT"],
  ["a Content-Type with a line break", [], { headers: ["Content-Type: a\r\nX: y"] }, "BAD_FUNCTION_ARGUMENT"],
  ["a byte that is not 7bit", { a: { data: "caf\u00e9", encoder: "7bit" } }, {}, "READ_ERROR"],
];

for (const { name, wasm } of VARIANTS) {
  describe(`body plan (${name})`, () => {
    let plugin: Plugin;
    before(async () => {
      plugin = await loadPlugin(wasm);
    });

    for (const [what, post, options, expected] of BODIES) {
      it(`plans ${what}`, async () => {
        const { transfer } = await callPlugin(plugin, ["default", URL, options, post]);
        assert.deepEqual(nameBoundary(asText(transfer?.body) as Body), expected);
      });
    }

    for (const [what, post, options, code] of REFUSED) {
      it(`refuses ${what}`, async () => {
        const { transfer, result } = await callPlugin(plugin, ["default", URL, options, post]);
        assert.equal(transfer, undefined);
        assert.deepEqual(result, { error: "", code });
      });
    }

    it("takes a new boundary of 24 dashes and 22 letters and digits each time", async () => {
      const boundaries = new Set<string>();
      for (let i = 0; i < 200; i++) {
        const { transfer } = await callPlugin(plugin, ["default", URL, {}, []]);
        const { type } = asText(transfer?.body) as Body;
        assert.match(type ?? "", /^multipart\/form-data; boundary=-{24}[0-9A-Za-z]{22}$/);
        boundaries.add(type ?? "");
      }
      assert.equal(boundaries.size, 200);
    });
  });
}

interface Body {
  type: string | null;
  length: number;
  segments: (string | number[])[];
}

/** The body, with B instead of its boundary. Before, its length is compared with its bytes. */
function nameBoundary(body: Body): object {
  const boundary = body.type?.match(/boundary=(-{24}\w{22})$/)?.[1];
  if (boundary === undefined) return body;
  const text = (segment: string): string => segment.replaceAll(boundary, "B");
  return {
    ...body,
    type: text(body.type ?? ""),
    segments: body.segments.map((segment) => (typeof segment === "string" ? text(segment) : segment)),
  };
}

/** A multipart body that consists only of bytes. A boundary has 45 bytes more than B. */
function multipart(bytes: string, type = "multipart/form-data"): object {
  const boundaries = bytes.split("--B").length - 1;
  return {
    kind: 3,
    type: `${type}; boundary=B`,
    length: bytes.length + 45 * boundaries,
    segments: [bytes],
  };
}
