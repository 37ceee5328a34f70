import assert from "node:assert/strict";
import { Blob } from "node:buffer";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { BodyStream } from "../../../host/network/body/request-body.ts";
import { createBody } from "../../../host/network/body/segmented-body.ts";
import { Upload } from "../../../host/network/http1/upload.ts";
import { CHUNKED } from "../../../host/network/request/framing.ts";
import { fileBody } from "../../support/transfers.ts";

const MIB = 1 << 20;
const PIECE = 65_536;

/** A peer that takes everything at once. `writes` has what came with each call of the system. */
class Peer extends Duplex {
  readonly writes: Buffer[] = [];

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.writes.push(chunk);
    done();
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.writes.push(Buffer.concat(chunks.map(({ chunk }) => chunk)));
    done();
  }
}

async function* failing(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("1");
  throw new Error("no disk");
}

function send(blob: Blob, length: number): Promise<Buffer[]> {
  const peer = new Peer();
  const segment = { source: blob, size: blob.size, isWhole: true, makeEncoder: null };
  const body = createBody({ kind: "file", contentType: null, length: -1, segments: [segment] });
  return new Promise((resolve, reject) => {
    const owner = { onSent: () => resolve(peer.writes), onUnreadable: reject };
    new Upload(peer, new BodyStream(body, length), owner).begin();
    peer.write("POST / HTTP/1.1\r\nconnection: keep-alive\r\n\r\n");
  });
}

describe("an upload whose source fails", () => {
  for (const isStopped of [false, true]) {
    it(`${isStopped ? "says nothing of it if it was stopped" : "says why"}`, async () => {
      const told: unknown[] = [];
      const owner = {
        onSent: () => void told.push("sent"),
        onUnreadable: (error: unknown) => void told.push((error as { code?: unknown }).code),
      };
      const peer = new Peer();
      const upload = new Upload(peer, new BodyStream(fileBody(failing()), CHUNKED), owner);
      const over = new Promise<void>((resolve) => {
        upload.onOver = resolve;
      });
      upload.begin();
      peer.write("POST / HTTP/1.1\r\nconnection: keep-alive\r\n\r\n");
      if (isStopped) upload.stop();
      await over;
      assert.deepEqual(told, isStopped ? [] : ["READ_ERROR"]);
      assert.equal(upload.isOver, true);
    });
  }
});

describe("the upload of a Blob", () => {
  const bytes = Buffer.from(Uint8Array.from({ length: 2.5 * MIB + 1 }, (_, index) => index % 251));
  const blob = new Blob([bytes]);

  it("is written in batches, with its length", async () => {
    const writes = await send(blob, blob.size);
    const [head = "", ...rest] = Buffer.concat(writes)
      .toString("latin1")
      .split(/(?<=\r\n\r\n)/);
    assert.match(head, new RegExp(`\r\ncontent-length: ${blob.size}\r\n\r\n$`));
    assert.equal(rest.join(""), bytes.toString("latin1"));
    assert.equal(writes.length, 6);
  });

  it("has chunks of 64 KiB, of which some are written at once", async () => {
    const writes = await send(blob, CHUNKED);
    const sent = Buffer.concat(writes);
    const sizes: number[] = [];
    const content: Buffer[] = [];
    for (let at = sent.indexOf("chunked\r\n") + "chunked\r\n".length; ; ) {
      const [line = "", digits = ""] =
        /^\r\n([0-9a-f]+)\r\n/.exec(sent.toString("latin1", at, at + 20)) ?? [];
      const size = Number.parseInt(digits, 16);
      if (size === 0) break;
      sizes.push(size);
      content.push(sent.subarray(at + line.length, at + line.length + size));
      at += line.length + size;
    }
    assert.deepEqual(sizes, [...Array<number>(40).fill(PIECE), 1]);
    assert.ok(Buffer.concat(content).equals(bytes));
    assert.equal(writes.length, 7);
  });
});
