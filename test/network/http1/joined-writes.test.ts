import assert from "node:assert/strict";
import { once } from "node:events";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { joinWrites } from "../../../host/network/http1/joined-writes.ts";

const MOST_BYTES = 16_384;
const HEAD = "POST / HTTP/1.1\r\nX: \xe9\r\n\r\n";

/** What a socket is told to write, in pieces, if all of this was written while it was corked. */
async function piecesOf(
  ...written: readonly (readonly [text: string | Buffer, encoding?: BufferEncoding])[]
) {
  const pieces: Buffer[] = [];
  const socket = new Writable({
    decodeStrings: false,
    write(chunk: Buffer | string, encoding, next) {
      pieces.push(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
      next();
    },
    writev(chunks, next) {
      for (const { chunk, encoding } of chunks) pieces.push(Buffer.from(chunk as string, encoding));
      next();
    },
  });
  joinWrites(socket as never);
  socket.cork();
  for (const [text, encoding = "latin1"] of written) socket.write(text, encoding);
  socket.uncork();
  socket.end();
  await once(socket, "finish");
  return pieces;
}

describe("a socket of HTTP/1.1", { timeout: 10_000 }, () => {
  it("writes a head and a short body as one piece", async () => {
    const [piece, ...more] = await piecesOf([HEAD], [Buffer.from("é")]);
    assert.deepEqual([piece, more], [Buffer.concat([Buffer.from(HEAD, "latin1"), Buffer.from("é")]), []]);
  });

  it("copies as many bytes as a record of TLS has, and not one more", async () => {
    const body = (tooMany: number) => Buffer.alloc(MOST_BYTES - HEAD.length + tooMany, "x");
    assert.equal((await piecesOf([HEAD], [body(0)])).length, 1);
    assert.deepEqual(await piecesOf([HEAD], [body(1)]), [Buffer.from(HEAD, "latin1"), body(1)]);
  });

  it("leaves a text in another encoding as it is", async () => {
    assert.deepEqual(await piecesOf([HEAD], ["é", "utf8"]), [Buffer.from(HEAD, "latin1"), Buffer.from("é")]);
  });

  it("writes one piece as it is", async () => {
    assert.deepEqual(await piecesOf([HEAD]), [Buffer.from(HEAD, "latin1")]);
  });
});
