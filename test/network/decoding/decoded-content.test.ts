import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as zlib from "node:zlib";
import { ACCEPTED, codingsOf } from "../../../host/network/decoding/codings.ts";
import { DecodedContent } from "../../../host/network/decoding/decoded-content.ts";

type Encode = (content: Uint8Array) => Buffer;

const { zstdCompressSync } = zlib as unknown as { zstdCompressSync?: Encode };
const ENCODERS: Record<string, Encode> = {
  gzip: zlib.gzipSync,
  "x-gzip": zlib.gzipSync,
  deflate: zlib.deflateSync,
  "deflate without a frame": zlib.deflateRawSync,
  br: zlib.brotliCompressSync,
  ...(zstdCompressSync && { zstd: zstdCompressSync }),
};
/** Those whose content may consist of several parts, one after the other. */
const JOINABLE = ["gzip", "x-gzip", "zstd"];
const TEXT = Buffer.from("All work and no play makes Jack a dull boy. ".repeat(20));
const GARBAGE = Buffer.from("garbage!");

interface Decoded {
  readonly code: string | undefined;
  readonly content: string;
}

/** What content becomes. */
function decode(names: string, pieces: readonly Uint8Array[], limit = 0): Promise<Decoded> {
  const codings = codingsOf(["Content-Encoding", names.split(" without")[0] ?? ""]);
  return new Promise((resolve) => {
    const content = new DecodedContent(codings, {
      limit,
      flow: { resume() {} },
      onFailure: ({ code }) => resolve({ code, content: "" }),
    });
    for (const piece of pieces) content.write(Buffer.from(piece));
    content.end(() => resolve({ code: undefined, content: content.take().toString() }));
  });
}

function bytesOf(content: Uint8Array): Uint8Array[] {
  return [...content].map((byte) => Uint8Array.of(byte));
}

for (const [name, encode] of Object.entries(ENCODERS)) {
  describe(`content with the coding ${name}`, () => {
    const coded = encode(TEXT);

    it("is decoded, however it is cut into pieces", async () => {
      const whole = { code: undefined, content: TEXT.toString() };
      assert.deepEqual(await decode(name, [coded]), whole);
      assert.deepEqual(await decode(name, bytesOf(coded)), whole);
      for (let at = 1; at < coded.length; at += 7)
        assert.deepEqual(await decode(name, [coded.subarray(0, at), coded.subarray(at)]), whole);
    });

    it("may be empty, coded or not", async () => {
      assert.deepEqual(await decode(name, []), { code: undefined, content: "" });
      assert.deepEqual(await decode(name, [encode(Buffer.alloc(0))]), { code: undefined, content: "" });
    });

    it("is refused wherever it is cut off", async () => {
      for (let length = 1; length < coded.length; length++) {
        const { code } = await decode(name, [coded.subarray(0, length)]);
        assert.equal(code, "BAD_CONTENT_ENCODING", String(length));
      }
    });

    it("is refused if something comes after it", async () => {
      for (const more of [GARBAGE, Buffer.alloc(8), Buffer.of(0x50)]) {
        for (const pieces of [[Buffer.concat([coded, more])], [coded, more]])
          assert.equal((await decode(name, pieces)).code, "BAD_CONTENT_ENCODING");
      }
    });

    it("is refused if it is something else", async () => {
      for (const content of [GARBAGE, TEXT])
        assert.equal((await decode(name, [content])).code, "BAD_CONTENT_ENCODING");
    });

    if (JOINABLE.includes(name))
      it("may have several parts", async () => {
        const two = Buffer.concat([coded, coded]);
        const twice = { code: undefined, content: TEXT.toString().repeat(2) };
        for (const pieces of [[two], [coded, coded], bytesOf(two)])
          assert.deepEqual(await decode(name, pieces), twice);
        const { code } = await decode(name, [two.subarray(0, -3)]);
        assert.equal(code, "BAD_CONTENT_ENCODING");
      });
    else
      it("has one part only", async () => {
        assert.equal((await decode(name, [coded, coded])).code, "BAD_CONTENT_ENCODING");
      });

    it("is limited in its length without the coding", async () => {
      assert.equal((await decode(name, [coded], TEXT.length)).code, undefined);
      assert.equal((await decode(name, [coded], TEXT.length - 1)).code, "FILESIZE_EXCEEDED");
    });
  });
}

describe("content with codings", () => {
  it("may have five of them, and no more", async () => {
    const coded = [zlib.gzipSync, zlib.deflateSync, zlib.brotliCompressSync, zlib.gzipSync].reduce<Buffer>(
      (content, encode) => encode(content),
      TEXT,
    );
    const five = "gzip, deflate,, BR ,\tX-GZIP, identity";
    assert.equal((await decode(five, [coded])).content, TEXT.toString());
    assert.equal((await decode(`${five}, identity`, [coded])).code, "BAD_CONTENT_ENCODING");
  });

  it("are limited in their length before each of them, too: something may decode to nothing", async () => {
    const nothing = zlib.gzipSync(Buffer.alloc(0));
    const most = TEXT.length + 64 * 1024;
    const exact = Math.floor(most / nothing.length);
    for (const [members, code] of [
      [exact, undefined],
      [exact + 1, "FILESIZE_EXCEEDED"],
    ] as const) {
      const coded = zlib.gzipSync(Buffer.concat(Array<Buffer>(members).fill(nothing)));
      assert.ok(coded.length < TEXT.length);
      assert.equal((await decode("gzip, gzip", [coded], TEXT.length)).code, code);
    }
  });

  it("names them in one header or in several", () => {
    const head = ["content-encoding", "gzip", "Content-Encoding", "br, deflate"];
    assert.equal(codingsOf(head)?.length, 3);
    assert.deepEqual(codingsOf(head), [
      ...(codingsOf(["content-encoding", "deflate"]) ?? []),
      ...(codingsOf(["content-encoding", "br"]) ?? []),
      ...(codingsOf(["content-encoding", "gzip"]) ?? []),
    ]);
  });

  it("is refused if one of them is not known, unless it has no bytes", async () => {
    assert.equal((await decode("gzip, mine", [zlib.gzipSync(TEXT)])).code, "BAD_CONTENT_ENCODING");
    assert.equal((await decode("mine", [])).code, undefined);
  });

  it("stays as it is without any", async () => {
    for (const names of ["", "identity", "none"])
      assert.deepEqual(await decode(names, [TEXT], TEXT.length), {
        code: undefined,
        content: TEXT.toString(),
      });
    assert.equal((await decode("", [TEXT], TEXT.length - 1)).code, "FILESIZE_EXCEEDED");
  });

  it("ends if it is coded content without end that decodes to nothing", async () => {
    const nothing = Buffer.from("0000000000ffff".repeat(16 * 1024).slice(4), "hex");
    const { code } = await decode("deflate", [Buffer.from("789c", "hex"), nothing], 10);
    assert.equal(code, "FILESIZE_EXCEEDED");
  });

  it("is asked for in the order of libcurl", () => {
    const zstd = zstdCompressSync === undefined ? "" : ", zstd";
    assert.equal(ACCEPTED, `deflate, gzip, br${zstd}`);
  });
});
