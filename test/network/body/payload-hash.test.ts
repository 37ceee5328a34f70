import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { MOST_KEPT, PayloadHash } from "../../../host/network/body/payload-hash.ts";
import { createBody } from "../../../host/network/body/segmented-body.ts";
import type { Body } from "../../../host/network/transfer/body.ts";

const PIECE = Buffer.alloc(1024 * 1024, "x");

async function* pieces(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= PIECE.length) yield PIECE.subarray(0, left);
}

function bodyOf(source: Blob | AsyncIterable<Uint8Array>, kind: Body["kind"] = "file"): Body {
  const segment = { source: source as never, size: -1, isWhole: false, makeEncoder: null };
  return createBody({ kind, contentType: null, length: -1, segments: [segment] });
}

async function digest(body: Body): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of body.open()) hash.update(chunk);
  return hash.digest("hex");
}

describe("PayloadHash", () => {
  it("keeps what cannot be read twice, up to 16 MiB", async () => {
    const { hash, body } = await new PayloadHash(bodyOf(pieces(MOST_KEPT))).read();
    assert.equal(body.started, false);
    assert.equal(await digest(body), hash);
    await assert.rejects(new PayloadHash(bodyOf(pieces(MOST_KEPT + 1))).read(), {
      name: "TransferFailure",
      code: "SEND_FAIL_REWIND",
    });
  });

  it("keeps nothing of what can be read again, however long it is", async () => {
    const blob = new Blob([...Array(MOST_KEPT / PIECE.length).fill(PIECE), "y"]);
    for (const kind of ["file", "multipart"] as const) {
      const given = bodyOf(blob, kind);
      const { hash, body } = await new PayloadHash(given).read();
      assert.deepEqual([body.kind, body.started, body.replayable], [kind, false, given.replayable]);
      assert.equal(await digest(body), hash);
      assert.equal(body.started, true);
    }
  });

  it("takes bytes that a source uses again at once", async () => {
    const buffer = Buffer.alloc(50_000);
    async function* again(): AsyncGenerator<Uint8Array> {
      for (const value of [1, 2, 3]) yield buffer.fill(value);
    }
    const { hash, body } = await new PayloadHash(bodyOf(again())).read();
    assert.equal(await digest(body), hash);
    const expected = Buffer.concat([1, 2, 3].map((value) => Buffer.alloc(50_000, value)));
    assert.equal(hash, createHash("sha256").update(expected).digest("hex"));
  });
});
