import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Mistake } from "../../host/cli/command.ts";
import { type FormField, parseFormField } from "../../host/cli/form-field.ts";

const FIELDS: [field: string, expected: FormField][] = [
  ["a=b", { name: "a", from: "text", value: "b" }],
  ["a=", { name: "a", from: "text", value: "" }],
  ["=b", { name: "", from: "text", value: "b" }],
  ["a=b=c", { name: "a", from: "text", value: "b=c" }],
  ["a= b ", { name: "a", from: "text", value: "b" }],
  ['a=" b "', { name: "a", from: "text", value: " b " }],
  ['a="b;c"', { name: "a", from: "text", value: "b;c" }],
  [String.raw`a="b\"\\\n"`, { name: "a", from: "text", value: String.raw`b"\\n` }],
  ['a=say "x"', { name: "a", from: "text", value: 'say "x"' }],
  ['a="b"c', { name: "a", from: "text", value: '"b"c' }],
  ["a=b;type=text/plain", { name: "a", from: "text", value: "b", type: "text/plain" }],
  [
    "a=b;type=text/plain; charset=utf-8",
    { name: "a", from: "text", value: "b", type: "text/plain; charset=utf-8" },
  ],
  [
    "a=b;type=text/plain; charset=utf-8;filename=x.txt",
    { name: "a", from: "text", value: "b", type: "text/plain; charset=utf-8", filename: "x.txt" },
  ],
  [
    "a=@f.bin;type=image/png;filename=f.png;encoder=base64",
    { name: "a", from: "file", value: "f.bin", type: "image/png", filename: "f.png", encoder: "base64" },
  ],
  ["a=@-", { name: "a", from: "file", value: "-" }],
  ['a=@"odd;name"', { name: "a", from: "file", value: "odd;name" }],
  ['a=@f; filename="a;b.txt"', { name: "a", from: "file", value: "f", filename: "a;b.txt" }],
  ["a=@f;filename=", { name: "a", from: "file", value: "f", filename: "" }],
  ["a=<f", { name: "a", from: "content", value: "f" }],
  ["a=x\ny", { name: "a", from: "text", value: "x\ny" }],
];

const MISTAKES: [field: string, says: RegExp][] = [
  ["a", /-F a: a field is written name=value/],
  ["a=b;c", /";c" is none of type=, filename=, encoder=/],
  ["a=b;headers=X: y", /";headers=X: y" is none of/],
];

describe("parseFormField", () => {
  for (const [field, expected] of FIELDS) {
    it(`reads ${JSON.stringify(field)}`, () => assert.deepEqual(parseFormField(field), expected));
  }
  for (const [field, says] of MISTAKES) {
    it(`refuses ${JSON.stringify(field)}`, () => {
      assert.throws(
        () => parseFormField(field),
        (error: unknown) => error instanceof Mistake && says.test(error.message),
      );
    });
  }
});
