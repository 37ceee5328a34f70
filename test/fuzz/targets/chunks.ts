import assert from "node:assert/strict";
import { ChunkFilter } from "../../../host/network/http1/chunk-filter.ts";
import { parseResponse } from "../../support/llhttp.ts";
import { decodeLeniently } from "../lenient-chunks.ts";
import { makeInput } from "../shape.ts";
import type { Target } from "../target.ts";
import { pieceTarget } from "./pieces.ts";

const HEAD = Buffer.from("HTTP/1.1 200 X\r\ntransfer-encoding: chunked\r\n\r\n");

const GRAMMAR = {
  seeds: [
    "2\r\nok\r\n0\r\n\r\n",
    "a;b=c\r\n0123456789\r\n1\nx\n0\r\nA: b\r\n c\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "0000000000000010 \r\n0123456789abcdef\r\r\n00\n\n",
    "7fffffffffffffff\r\nok",
    "",
  ],
  words: [
    "1\r\nx\r\n",
    "1\nx\n",
    "3;x=y\r\nabc\r\n",
    "400\r\n",
    "fFf",
    "0",
    "0\r\n",
    "A: b\r\n",
    " c\r\n",
    "\r\n\r\n",
    ";",
    ":",
    "x",
    " ",
    "\r",
    "\n",
    "\r\n",
    "\0",
    "\xff",
  ],
};

/** Chunked content before it goes to undici's parser. */
export const chunks: Target = pieceTarget({
  name: "chunks",
  // The framing may have 1 MiB. Content has no limit here.
  largest: 2 << 20,
  nanosPerByte: 100,
  make: (random, size) => makeInput(random, size, GRAMMAR),
  feed(pieces) {
    const filter = new ChunkFilter();
    return Buffer.concat(pieces.map((piece) => filter.pass(piece)));
  },
  understand(passed, input) {
    const { content, end, error } = parseResponse(Buffer.concat([HEAD, passed]));
    assert.equal(error, null, `the parser stumbles: ${error}`);
    const isWhole = end !== null;
    const { content: expected, end: expectedEnd } = decodeLeniently(input);
    assert.ok(content.equals(expected), "the content is another than it should be");
    assert.equal(isWhole, expectedEnd !== null, "it ends, or does not");
    const rest = isWhole ? passed.subarray(end - HEAD.length) : Buffer.alloc(0);
    assert.ok(rest.equals(input.subarray(expectedEnd ?? input.length)), "what follows it is another");
    return content.length;
  },
});
