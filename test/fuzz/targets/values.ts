import assert from "node:assert/strict";
import { encode } from "@msgpack/msgpack";
import { MessagePackWriter } from "../../../host/guest/wire/message-pack-writer.ts";
import type { Random } from "../../hostile/random.ts";
import { VALUES, type Values } from "../../support/values.ts";
import { readByLibrary } from "../second-message-pack.ts";
import { bytesOf, makeInput } from "../shape.ts";
import type { Target } from "../target.ts";

const [[, release], [, debug]] = VALUES as [[string, Values], [string, Values]];
/** For larger inputs only the time is measured. */
const MOST_COMPARED = 20_000;

const written = (value: unknown): string => Buffer.from(encode(value)).toString("latin1");
const MESSAGE_PACK = {
  seeds: [
    written(["default", "http://a.example/", { headers: ["X: y"], timeout: 5 }, "post"]),
    written(["default", "u", {}, { part: { data: "x", filename: "y" } }]),
    written([1, -1, 2 ** 40, -(2 ** 40), 0.5, true, null, "caf\xe9", Buffer.from("b")]),
    "\xc7\x0c\x01\x01\0\0\0\0\0\0\0\0\0\0\x40",
    "\xdf\0\0\0\x01\xa1k\xdd\0\0\0\x01\xc0",
  ],
  words: [
    ...[
      "\x90",
      "\x91",
      "\x92",
      "\x80",
      "\x81",
      "\x82",
      "\xa0",
      "\xa1k",
      "\xc0",
      "\xc1",
      "\xc3",
      "\x07",
      "\xe0",
    ],
    ...[
      "\xdc\0\x02",
      "\xdd\0\0\0\x02",
      "\xde\0\x01",
      "\xdf\0\0\0\x01",
      "\xd9\x01x",
      "\xda\0\x01x",
      "\xdb\0\0\0\x01x",
    ],
    ...[
      "\xc4\x01x",
      "\xc5\0\x01x",
      "\xc6\0\0\0\x01x",
      "\xc7\0\x05",
      "\xd4\x05x",
      "\xd6\x02abcd",
      "\xc8\0\x01\x06x",
    ],
    ...["\xcc\xff", "\xcd\xff\xff", "\xce\xff\xff\xff\xff", "\xcf\xff\xff\xff\xff\xff\xff\xff\xff"],
    ...[
      "\xd0\x80",
      "\xd1\x80\0",
      "\xd2\x80\0\0\0",
      "\xd3\x80\0\0\0\0\0\0\0",
      "\xca\x7f\xc0\0\0",
      "\xcb\0\0\0\0\0\0\0\x01",
    ],
    ...["\xdd\xff\xff\xff\xff", "\xdb\xff\xff\xff\xff", "\xdf\x80\0\0\0", "\xff", "\0"],
  ],
};

/** Half of the inputs are an array with the right number of items. */
export function makeValues(random: Random, size: number): Buffer {
  const isArray = random.chance(0.5);
  const depth = random.below(18);
  const word = bytesOf(random.pick(MESSAGE_PACK.words));
  if (!isArray) return makeInput(random, size, MESSAGE_PACK);
  const head = Buffer.from([0xdd, 0, 0, 0, 0]);
  const count = Math.max(1, Math.floor(size / word.length));
  head.writeUInt32BE(count, 1);
  return Buffer.concat([Buffer.alloc(depth, 0x91), head, Buffer.alloc(word.length * count, word)]);
}

/** Values of callers and scripts, which the guest reads. */
export const values: Target<Buffer | undefined> = {
  name: "values",
  largest: 2 << 20,
  nanosPerByte: 200,
  make: makeValues,
  read: (input) => release.transcode(input),
  codeOf: () => undefined,
  compare(input, outcome) {
    if ("code" in outcome || input.length > MOST_COMPARED) return;
    assert.deepEqual(debug.transcode(input), outcome.value);
    const theirs = readByLibrary(input);
    assert.equal(outcome.value === undefined, theirs === undefined, "well-formed here or there");
    if (outcome.value !== undefined) assert.deepEqual(readByLibrary(outcome.value), theirs);
  },
};

const TEXT = {
  seeds: [
    "plain text",
    "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
    "\xef\xbb\xbfbom",
    "\xed\xa0\xbd\xed\xb8\x80",
  ],
  words: [
    ...[
      "a",
      "12345678",
      "\0",
      "\x7f",
      "\x80",
      "\xbf",
      "\xc0\x80",
      "\xc1",
      "\xc2",
      "\xc3\xa9",
      "\xdf\xbf",
      "\xe0",
    ],
    ...[
      "\xe0\x80",
      "\xe0\xa0\x80",
      "\xe2\x82",
      "\xe2\x82\xac",
      "\xed\x9f\xbf",
      "\xed\xa0\x80",
      "\xef\xbf\xbf",
    ],
    ...[
      "\xf0\x80\x80\x80",
      "\xf0\x90\x80\x80",
      "\xf0\x9f\x98",
      "\xf4\x8f\xbf\xbf",
      "\xf4\x90",
      "\xf5",
      "\xff",
    ],
  ],
};
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text that scripts read. */
export const utf8: Target<string> = {
  name: "utf8",
  largest: 4 << 20,
  nanosPerByte: 100,
  make: (random, size) => makeInput(random, size, TEXT),
  read: (input) => release.decode(input),
  codeOf: () => undefined,
  compare(input, outcome) {
    if ("code" in outcome) return;
    const theirs = decoder.decode(input);
    if (outcome.value !== theirs) assert.fail(`${JSON.stringify(outcome.value.slice(0, 200))}: another text`);
    if (input.length <= MOST_COMPARED) assert.equal(debug.decode(input), theirs);
  },
};

const writer = new MessagePackWriter();

/** Text that host and guest write, from units of UTF-16. */
export const strings: Target<Buffer> = {
  name: "strings",
  largest: 4 << 20,
  nanosPerByte: 100,
  make: (random, size) => makeInput(random, size, TEXT),
  read(input) {
    const text = input.toString("utf16le");
    writer.clear();
    writer.writeString(text);
    return release.encode(text);
  },
  codeOf: () => undefined,
  compare(input, outcome) {
    if ("code" in outcome || input.length > MOST_COMPARED) return;
    const expected = Buffer.from(new TextEncoder().encode(input.toString("utf16le")));
    for (const bytes of [outcome.value, Buffer.from(writer.written)]) {
      const value = readByLibrary(bytes) as Uint8Array;
      assert.ok(Buffer.from(value).equals(expected), "another text is written");
    }
  },
};
