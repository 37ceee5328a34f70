import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ENCODER_7BIT,
  ENCODER_BASE64,
  ENCODER_BASE64_FILE,
  ENCODER_NONE,
  ENCODER_QUOTED_PRINTABLE,
} from "../../assembly/abi.ts";
import { ENCODINGS } from "../support/encoding.ts";
import { readText } from "../support/root.ts";

const NAMES: [name: string, encoder: number][] = [
  ["binary", ENCODER_NONE],
  ["8bit", ENCODER_NONE],
  ["7bit", ENCODER_7BIT],
  ["base64", ENCODER_BASE64],
  ["quoted-printable", ENCODER_QUOTED_PRINTABLE],
];

const UNKNOWN = ["", "base6", "base644", "base64 ", "quoted_printable", "8BIT\0", "binar\xf9", "x-uuencode"];

const LENGTHS: [encoder: number, length: bigint, encoded: bigint][] = [
  [ENCODER_NONE, 0n, 0n],
  [ENCODER_NONE, 5n, 5n],
  [ENCODER_7BIT, 1n << 40n, 1n << 40n],
  [ENCODER_BASE64, 0n, 0n],
  [ENCODER_BASE64, 57n, 76n],
  [ENCODER_BASE64, 58n, 82n],
  [ENCODER_BASE64, 57n << 40n, (78n << 40n) - 2n],
  [ENCODER_BASE64_FILE, 0n, 0n],
  [ENCODER_BASE64_FILE, 48n, 65n],
  [ENCODER_BASE64_FILE, 49n, 70n],
  [ENCODER_BASE64_FILE, 32768n, 44375n],
  [ENCODER_BASE64_FILE, 98314n, 133137n],
  [ENCODER_QUOTED_PRINTABLE, 0n, 0n],
  [ENCODER_QUOTED_PRINTABLE, 1n, -1n],
  [ENCODER_NONE, -1n, -1n],
  [ENCODER_BASE64, -1n, -1n],
  [ENCODER_QUOTED_PRINTABLE, -1n, -1n],
];

for (const [variant, encoding] of ENCODINGS) {
  describe(`the table of encoders (${variant})`, () => {
    for (const [name, encoder] of NAMES) {
      it(`finds ${name} in any case, and gives its name in lower case`, () => {
        const row = encoding.find(name);
        assert.equal(encoding.exports.encoderNumber(row), encoder);
        assert.equal(encoding.nameOf(row), name);
        assert.equal(encoding.find(name.toUpperCase()), row);
        assert.equal(encoding.find(name.charAt(0).toUpperCase() + name.slice(1)), row);
      });
    }

    it("finds nothing else", () => {
      for (const name of UNKNOWN) assert.equal(encoding.find(name), -1, JSON.stringify(name));
    });

    it("tells the exact length where the length of the input determines it", () => {
      for (const [encoder, length, encoded] of LENGTHS) {
        assert.equal(encoding.exports.encodedLength(encoder, length), encoded, `${encoder}, ${length}`);
      }
    });

    it("passes bytes through when there is no encoder", () => {
      const bytes = Buffer.from("caf\xc3\xa9 =\r\n", "latin1");
      assert.deepEqual(encoding.encode(ENCODER_NONE, bytes.subarray(0, 4), bytes.subarray(4)).bytes, bytes);
    });

    it("asks for no room that a chunk cannot have", () => {
      assert.equal(encoding.exports.encodeBound(ENCODER_QUOTED_PRINTABLE, 2 ** 31 - 1), -1);
      assert.ok(encoding.exports.encodeBound(ENCODER_BASE64, 2 ** 30) > 2 ** 30);
    });

    it("encodes two bodies in turns on one instance", () => {
      const first = encoding.start(ENCODER_BASE64);
      const second = encoding.start(ENCODER_QUOTED_PRINTABLE);
      const a = [first(Buffer.from("he"), false), first(Buffer.from("ll"), false)];
      const b = [second(Buffer.from("a "), false), second(Buffer.from("\r"), false)];
      a.push(first(Buffer.from("o"), true));
      b.push(second(Buffer.from("\n"), true));
      assert.equal(a.map(({ bytes }) => bytes.toString()).join(""), "aGVsbG8=");
      assert.equal(b.map(({ bytes }) => bytes.toString()).join(""), "a=20\r\n");
    });

    for (const { name, encoder, bytes, expected } of recordedParts()) {
      it(`gives what the original sent for ${name}`, () => {
        const row = encoding.find(encoder);
        const number = row < 0 ? ENCODER_NONE : encoding.exports.encoderNumber(row);
        assert.equal(encoding.encode(number, bytes).bytes.toString("latin1"), expected);
      });
    }
  });
}

interface RecordedPart {
  name: string;
  encoder: string;
  bytes: Buffer;
  expected: string;
}

/** Every part of the multipart vectors that is a string and has an encoder, and the body that was seen for it. */
function recordedParts(): RecordedPart[] {
  const vectors = JSON.parse(readText("test/vectors/multipart.json")) as {
    name: string;
    args: [string, string, unknown, Record<string, { data?: unknown; encoder?: unknown } | string>?];
    expect: { requests?: { body?: unknown }[] };
  }[];
  const parts: RecordedPart[] = [];
  for (const { name, args, expect } of vectors) {
    const body = expect.requests?.[0]?.body;
    if (typeof body !== "string") continue;
    const bodies = body.split("--{{boundary}}\r\n").slice(1);
    for (const [index, part] of Object.values(args[3] ?? {}).entries()) {
      if (typeof part === "string" || typeof part.encoder !== "string") continue;
      const bytes = bytesOf(part.data);
      const sent = bodies[index]?.replace(/\r\n(--\{\{boundary\}\}--\r\n)?$/, "");
      if (bytes === undefined || sent === undefined) continue;
      const expected = sent.slice(sent.indexOf("\r\n\r\n") + 4);
      parts.push({ name, encoder: part.encoder, bytes, expected });
    }
  }
  return parts;
}

function bytesOf(data: unknown): Buffer | undefined {
  if (typeof data === "string") return Buffer.from(data);
  const { $latin1, $repeat } = data as { $latin1?: string; $repeat?: [string, number, "bytes"?] };
  if ($latin1 !== undefined) return Buffer.from($latin1, "latin1");
  if ($repeat === undefined) return undefined;
  const [text, count, unit] = $repeat;
  if (unit === undefined) return Buffer.from(text.repeat(count));
  return Buffer.from(Uint8Array.from({ length: count }, (_, i) => text.charCodeAt(i % text.length)));
}
