import assert from "node:assert/strict";
import { Decoder, ExtData } from "@msgpack/msgpack";
import { MAX_DEPTH } from "../../../assembly/abi.ts";
import { Extension, readMessagePack } from "../../../host/guest/wire/message-pack-reader.ts";
import { VALUES } from "../../support/values.ts";
import { boundsOf } from "../second-message-pack.ts";
import type { Target } from "../target.ts";
import { makeValues } from "./values.ts";

/** For larger inputs only the time is measured. */
const MOST_COMPARED = 20_000;
const [[, guest]] = VALUES as [(typeof VALUES)[number]];

const MISTAKES: ReadonlySet<string> = new Set([
  "a byte that begins no value",
  "a key is no name",
  "the bytes end within a value",
  "there are too many values",
  "there is more than one value",
  "values are nested too deeply",
]);

/** Records that a guest writes, which the host reads. */
export const records: Target = {
  name: "records",
  largest: 2 << 20,
  nanosPerByte: 400,
  make: makeValues,
  read: readMessagePack,
  codeOf: (error) => (error instanceof RangeError && MISTAKES.has(error.message) ? error.message : undefined),
  compare(input, outcome) {
    if (input.length > MOST_COMPARED) return;
    const theirs = readByLibrary(input);
    assert.equal("value" in outcome, theirs !== undefined, "well-formed here or there");
    if ("code" in outcome || theirs === undefined) return;
    const names = namesOf(outcome.value);
    // The library leaves out what is not UTF-8, so only names of ASCII are sure to be equal.
    if (names.every(isAscii)) assert.deepEqual(plain(outcome.value), plain(theirs.value));
    // The guest that reads and writes all values makes bytes of names.
    const written = names.length === 0 ? guest.transcode(input) : undefined;
    if (written !== undefined) assert.deepEqual(asBytes(readMessagePack(written)), asBytes(outcome.value));
  },
};

/** The value as the library reads it, by the rules of our reader; undefined if it is malformed. */
function readByLibrary(bytes: Uint8Array): { value: unknown } | undefined {
  const decoder = new Decoder({
    mapKeyConverter: (key) => {
      if (typeof key !== "string") throw new TypeError("a key is no text");
      return key;
    },
    ...boundsOf(bytes),
  });
  try {
    const value = decoder.decode(bytes);
    return depthOf(value) <= MAX_DEPTH ? { value } : undefined;
  } catch {
    return undefined;
  }
}

function itemsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  const isMap = typeof value === "object" && value !== null && !isLeaf(value);
  return isMap ? Object.values(value) : [];
}

function isLeaf(value: object): boolean {
  return value instanceof Uint8Array || value instanceof Extension || value instanceof ExtData;
}

function depthOf(value: unknown): number {
  return Math.max(0, ...itemsOf(value).map((item) => 1 + depthOf(item)));
}

/** The names in all maps. */
function namesOf(value: unknown): string[] {
  const items = itemsOf(value);
  const own = items.length > 0 && !Array.isArray(value) ? Object.keys(value as object) : [];
  return [...own, ...items.flatMap(namesOf)];
}

function isAscii(text: string): boolean {
  return !/[^\0-\x7f]/.test(text);
}

/** The value with other classes, and without texts that are not ASCII: both readers replace what is not UTF-8. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return isAscii(value) ? value : "a text";
  return convert(value, plain);
}

/** The value with texts as bytes: the guest makes no difference, and neither between two zeros. */
function asBytes(value: unknown): unknown {
  if (value === 0) return 0;
  if (typeof value === "string") return Buffer.from(value).toString();
  return value instanceof Uint8Array ? Buffer.from(value).toString() : convert(value, asBytes);
}

function convert(value: unknown, inner: (item: unknown) => unknown): unknown {
  if (value instanceof Extension || value instanceof ExtData)
    return { type: value.type, data: Buffer.from(value.data as Uint8Array).toString("hex") };
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  if (Array.isArray(value)) return value.map(inner);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, inner(item)]));
}
