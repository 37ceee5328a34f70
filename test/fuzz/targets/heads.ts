import assert from "node:assert/strict";
import { HeadFilter } from "../../../host/network/http1/head-filter.ts";
import { parseResponse } from "../../support/llhttp.ts";
import { makeInput } from "../shape.ts";
import type { Target } from "../target.ts";
import { pieceTarget } from "./pieces.ts";

/** Of heads of responses. */
export const GRAMMAR = {
  seeds: [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 X\nLink: y\n\nHTTP/1.0 404 X\r\n\r\nok",
    "HTTP/1.1 302 X\r\nLocation: /a\r\n b\r\nKeep-Alive: timeout=5\r\nConnection: close, keep-alive\r\n\r\n",
    "HTTP/2 200\nContent-Length : 3\nA:b\n\nok",
    "HTTP/1.1 204 X\r\nContent-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    "HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n\0\x01",
  ],
  words: [
    "HTTP/1.1 200 OK\r\n",
    "HTTP/1.1 100 Continue\r\n\r\n",
    "HTTP/1.0 302 X\r\nLocation: //",
    "Content-Length: ",
    "Content-Length: 2\r\n",
    "content-length:+09\r\n",
    "Transfer-Encoding: ",
    "chunked",
    "Transfer-Encoding: chunked\r\n",
    "Connection: close\r\n",
    "Keep-Alive: timeout=",
    "Location: ",
    "Set-Cookie: a=b; path=/\r\n",
    "X-{i}: y\r\n",
    "X: y\r\n",
    "a:\n",
    ":",
    " ",
    "\t",
    "\t \t",
    ",",
    ";",
    "\r",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "\r\n ",
    "\0",
    "/../",
    "%",
    "0",
    "9",
    "-",
    "\x7f",
    "\xff",
  ],
};

/** A head that frames the content as this one does, with nothing else in it. */
function plainHead(head: string): Buffer {
  const status = /^HTTP\/1.[01] ([0-9]{3})/.exec(head)?.[1] ?? "200";
  const length = /^content-length:[ \t]*([0-9]+)[ \t]*\r$/im.exec(head)?.[1];
  const isChunked = /^transfer-encoding:[ \t]*chunked[ \t]*\r$/im.test(head);
  const framing = isChunked ? "transfer-encoding: chunked\r\n" : length && `content-length: ${length}\r\n`;
  return Buffer.from(head === "" ? "" : `HTTP/1.1 ${status} X\r\n${framing ?? ""}\r\n`);
}

function headsOf(isOfHead: boolean): Target {
  return pieceTarget({
    name: isOfHead ? "heads-of-head" : "heads",
    largest: 320 << 10,
    nanosPerByte: 100,
    make: (random, size) => makeInput(random, size, GRAMMAR),
    feed(pieces) {
      const filter = new HeadFilter();
      filter.begin(isOfHead);
      return Buffer.concat(pieces.flatMap((piece) => filter.pass(piece) ?? []));
    },
    understand(passed) {
      const { status, content, end, error } = parseResponse(passed, isOfHead);
      if (error !== null) assert.fail(`the parser stumbles: ${error}`);
      const headEnd = passed.indexOf("\r\n\r\n") + 4;
      const head = passed.toString("latin1", 0, headEnd);
      const again = parseResponse(Buffer.concat([plainHead(head), passed.subarray(headEnd)]), isOfHead);
      if (!again.content.equals(content)) assert.fail("the parser frames the content in another way");
      return { head, status, content: content.toString("latin1"), isWhole: end !== null };
    },
  });
}

/** Heads of responses, with what follows them, before they go to undici's parser. */
export const heads: Target = headsOf(false);
/** The same as answers to HEAD. */
export const headsOfHead: Target = headsOf(true);
