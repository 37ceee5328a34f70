import assert from "node:assert/strict";
import { type CleanHead, readCleanHead } from "../../../host/network/http1/clean-head.ts";
import { ResponseHead } from "../../../host/network/http1/response-head.ts";
import { makeInput } from "../shape.ts";
import type { Target } from "../target.ts";
import { GRAMMAR } from "./heads.ts";

const CLEAN =
  /^HTTP\/1\.[01] [2-9]\d\d(?: [^\r\n\0]*)?\r\n(?:[!#$%&'*+\-.^_`|~\w]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/;
const FRAMING = /\n(content-length|transfer-encoding):([^\r\n]*)/gi;

/** Heads that are passed on as they are. */
export const cleanHeads: Target<CleanHead | null> = {
  name: "clean-heads",
  // Larger ones are never passed on as they are.
  largest: 16 << 10,
  nanosPerByte: 100,
  make: (random, size) => makeInput(random, size, GRAMMAR),
  read: readCleanHead,
  codeOf: () => undefined,
  compare(input, outcome) {
    const read = "value" in outcome ? outcome.value : null;
    assert.deepEqual(read, matchCleanHead(input));
    if (read !== null) compareLineByLine(input.subarray(0, read.size), read);
  },
};

/** The same, by patterns. */
function matchCleanHead(input: Buffer): CleanHead | null {
  const size = input.indexOf("\r\n\r\n", 0, "latin1") + 4;
  const head = input.toString("latin1", 0, size);
  if (size < 4 || !CLEAN.test(head)) return null;
  const [framing, ...more] = [...head.matchAll(FRAMING)];
  const [, name = "", value = ""] = framing ?? [];
  const isChunked = /^t/i.test(name);
  const isPlain = isChunked ? /^ *chunked *$/i.test(value) : /^ *\d{1,15} *$/.test(value);
  const hasContent = !/^.{9}[23]04/.test(head) || value.trim() === "0";
  const isSure = framing === undefined || (isPlain && hasContent && more.length === 0);
  return isSure ? { size, isChunked } : null;
}

/** The reader for odd heads must understand a clean one in the same way. */
function compareLineByLine(bytes: Buffer, { isChunked }: CleanHead): void {
  const head = new ResponseHead();
  const lines = bytes.toString("latin1").split(/(?<=\n)/);
  assert.deepEqual(
    lines.map((line) => head.readLine(line)),
    lines.map((_, index) => index === lines.length - 1),
  );
  assert.equal(head.status, Number(bytes.toString("latin1", 9, 12)));
  assert.deepEqual([head.isChunked, head.isLengthTooLarge], [isChunked, false]);
}
