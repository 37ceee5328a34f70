import assert from "node:assert/strict";
import type { Blob } from "node:buffer";
import { after, before, describe, it } from "node:test";
import { fileSize } from "../../../host/api/file.ts";
import { type ChunkEncoder, createBody, type Segment } from "../../../host/network/body/segmented-body.ts";
import type { Body } from "../../../host/network/transfer/body.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";

import { patternBytes } from "../../support/bytes.ts";
import { FILE_MAKERS, TemporaryFiles } from "../../support/files.ts";

const BYTES = patternBytes(300_000);

function bodyOf(kind: Body["kind"], ...segments: Segment[]): Body {
  return createBody({ kind, contentType: null, length: -1, segments });
}

function part(source: unknown, size = -1, makeEncoder: (() => ChunkEncoder) | null = null): Segment {
  return { source: source as Blob, size, isWhole: true, makeEncoder };
}

async function collect(body: Body): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Doubles each byte, and remembers how much it held. It refuses the byte `refused`. */
class Doubler implements ChunkEncoder {
  static most = 0;
  readonly refused: number;

  constructor(refused = -1) {
    this.refused = refused;
  }

  push(chunk: Uint8Array): { bytes: Uint8Array; failed: boolean } {
    Doubler.most = Math.max(Doubler.most, chunk.length);
    const stop = this.refused < 0 ? -1 : chunk.indexOf(this.refused);
    const taken = stop < 0 ? chunk : chunk.subarray(0, stop);
    return { bytes: Buffer.from([...taken].flatMap((byte) => [byte, byte])), failed: stop >= 0 };
  }

  end(): Uint8Array {
    return Buffer.from("end");
  }
}

function isReadError(error: unknown): boolean {
  return error instanceof TransferFailure && error.code === "READ_ERROR";
}

describe("a body", () => {
  let files: TemporaryFiles;
  before(async () => {
    files = await TemporaryFiles.create();
  });
  after(() => files[Symbol.asyncDispose]());

  for (const { name, make, isReplayable } of FILE_MAKERS) {
    it(`gives the bytes of ${name}, between others`, async () => {
      const file = await make(BYTES, files);
      const body = bodyOf("multipart", Buffer.from("<"), part(file, fileSize(file)), Buffer.from(">"));
      assert.equal(body.bytes, null);
      assert.equal(body.started, false);
      assert.deepEqual(await collect(body), Buffer.concat([Buffer.from("<"), BYTES, Buffer.from(">")]));
      assert.equal(body.started, true);
      assert.equal(body.replayable, isReplayable);
      body.close();
    });

    it(`gives the bytes of ${name} through an encoder, in chunks of 64 KiB`, async () => {
      const file = await make(BYTES, files);
      const body = bodyOf(
        "multipart",
        part(file, fileSize(file), () => new Doubler()),
      );
      const expected = Buffer.concat([
        Buffer.from([...BYTES].flatMap((byte) => [byte, byte])),
        Buffer.from("end"),
      ]);
      Doubler.most = 0;
      assert.deepEqual(await collect(body), expected);
      assert.ok(Doubler.most <= 65_536);
      body.close();
    });

    it(`posts ${name}, which cannot be sent again`, async () => {
      const source = await make(BYTES, files);
      const segment: Segment = { source, size: -1, isWhole: false, makeEncoder: null };
      const body = bodyOf("file", segment);
      assert.equal(body.replayable, false);
      assert.deepEqual(await collect(body), BYTES);
      body.close();
    });

    it(`gives nothing for ${name} that is empty`, async () => {
      const file = await make(Buffer.alloc(0), files);
      const body = bodyOf("multipart", part(file, fileSize(file)));
      assert.equal((await collect(body)).length, 0);
      body.close();
    });

    it(`${isReplayable ? "gives" : "refuses"} ${name} a second time, in another part or another pass`, async () => {
      const [file, other] = [await make(BYTES, files), await make(BYTES, files)];
      const twice = bodyOf("multipart", part(file, fileSize(file)), part(file, fileSize(file)));
      const again = bodyOf("multipart", part(other, fileSize(other)));
      if (isReplayable) {
        assert.deepEqual(await collect(twice), Buffer.concat([BYTES, BYTES]));
        assert.deepEqual(await collect(again), await collect(again));
      } else {
        await assert.rejects(collect(twice), isReadError);
        assert.deepEqual(await collect(again), BYTES);
        await assert.rejects(collect(again), isReadError);
      }
      twice.close();
      again.close();
    });

    it(`fails if ${name} has fewer or more bytes than it should`, async () => {
      for (const size of [BYTES.length - 1, BYTES.length + 1, 0]) {
        const body = bodyOf("multipart", part(await make(BYTES, files), size));
        await assert.rejects(collect(body), isReadError);
        body.close();
      }
    });
  }

  it("sends texts as UTF-8, however they are cut", async () => {
    const pairs = "\u{1f600}".repeat(40_000);
    for (const text of [
      "",
      "x",
      pairs,
      `x${pairs}`,
      `${"x".repeat(65_535)}\ud83d`,
      "\ude00€".repeat(70_000),
    ]) {
      const expected = Buffer.from(text);
      const size = expected.length;
      const asIs = (): ChunkEncoder => ({
        push: (chunk) => ({ bytes: Buffer.from(chunk), failed: false }),
        end: () => Buffer.from("end"),
      });
      const all = Buffer.concat([expected, Buffer.from("|"), expected, Buffer.from("end")]);
      for (const kind of ["multipart", "file"] as const) {
        const body = bodyOf(kind, part(text, size), Buffer.from("|"), part(text, size, asIs));
        assert.ok((await collect(body)).equals(all));
      }
      const alone = bodyOf("string", part(text, size));
      assert.equal(alone.bytes === null, size > 65_536);
      assert.ok(alone.replayable && (await collect(alone)).equals(expected));
      for await (const chunk of alone.open()) assert.ok(chunk.length <= 65_536);
    }
  });

  it("is one piece if it has no sources that must be read", () => {
    const large = Buffer.alloc(200_000);
    assert.equal(bodyOf("string", part(large, large.length)).bytes, large);
    assert.deepEqual(bodyOf("string").bytes, Buffer.alloc(0));
    assert.deepEqual(bodyOf("multipart", Buffer.from("a"), part(Buffer.from("b"))).bytes, Buffer.from("ab"));
    assert.equal(bodyOf("multipart", Buffer.from("a"), part(large)).bytes, null);
    assert.equal(
      bodyOf(
        "multipart",
        part(Buffer.from("b"), 1, () => new Doubler()),
      ).bytes,
      null,
    );
  });

  it("gives a large string in pieces, again and again", async () => {
    const body = bodyOf("multipart", Buffer.from("<"), part(BYTES, BYTES.length), Buffer.from(">"));
    for await (const chunk of body.open()) assert.ok(chunk.length <= 65_536);
    assert.deepEqual((await collect(body)).subarray(1, -1), BYTES);
    assert.equal(body.replayable, true);
  });

  it("starts each pass with an encoder of its own", async () => {
    let made = 0;
    const makeEncoder = () => {
      made++;
      return new Doubler();
    };
    const body = bodyOf(
      "multipart",
      part(Buffer.from("ab"), 2, makeEncoder),
      part(Buffer.from("c"), 1, makeEncoder),
    );
    assert.equal((await collect(body)).toString(), "aabbendccend");
    assert.equal((await collect(body)).toString(), "aabbendccend");
    assert.equal(made, 4);
  });

  it("gives what precedes a byte that its encoder refuses, then fails", async () => {
    const body = bodyOf(
      "multipart",
      Buffer.from("<"),
      part(Buffer.from("abcd"), 4, () => new Doubler(0x63)),
    );
    const seen: string[] = [];
    const read = async () => {
      for await (const chunk of body.open()) seen.push(Buffer.from(chunk).toString());
    };
    await assert.rejects(read(), isReadError);
    assert.deepEqual(seen, ["<", "aabb"]);
  });

  it("posts a FileHandle from where it is, and takes the whole file as a part", async () => {
    const handle = await files.handle(BYTES);
    await handle.read(Buffer.alloc(1000), 0, 1000);
    assert.deepEqual(await collect(bodyOf("multipart", part(handle, BYTES.length))), BYTES);
    const post: Segment = { source: handle, size: -1, isWhole: false, makeEncoder: null };
    assert.deepEqual(await collect(bodyOf("file", post)), BYTES.subarray(1000));
    assert.deepEqual(await collect(bodyOf("file", post)), Buffer.alloc(0));
    assert.ok(handle.fd >= 0);
  });
});
