import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { devNull } from "node:os";
import { Readable } from "node:stream";
import { after, before, describe, it } from "node:test";
import { fileSize, isFile } from "../../host/api/file.ts";
import { FILE_MAKERS, TemporaryFiles } from "../support/files.ts";

const NO_FILES: [name: string, value: object][] = [
  ["a plain object", {}],
  ["an array of bytes", [1, 2]],
  ["bytes", new Uint8Array(4)],
  ["a Map", new Map()],
  ["a Date", new Date()],
  ["a promise", Promise.resolve()],
  ["an object with a descriptor only", { fd: 3 }],
];

describe("Files", () => {
  let files: TemporaryFiles;
  before(async () => {
    files = await TemporaryFiles.create();
  });
  after(() => files[Symbol.asyncDispose]());

  for (const { name, make, knowsSize } of FILE_MAKERS) {
    it(`takes ${name} for one, and knows ${knowsSize ? "its size" : "that its size is not known"}`, async () => {
      for (const length of [0, 5000]) {
        const file = await make(Buffer.alloc(length), files);
        assert.ok(isFile(file));
        assert.equal(fileSize(file), knowsSize ? length : -1);
        if (file instanceof Readable) file.destroy();
      }
    });
  }

  for (const [name, value] of NO_FILES) {
    it(`does not take ${name} for one`, () => assert.ok(!isFile(value)));
  }

  it("knows what a stream over part of a file gives", async () => {
    const path = await files.write(Buffer.alloc(100));
    const sizeOf = (range: { start?: number; end?: number; encoding?: "hex" }): number => {
      const stream = createReadStream(path, range);
      const size = fileSize(stream);
      stream.destroy();
      return size;
    };
    assert.equal(sizeOf({ start: 10 }), 90);
    assert.equal(sizeOf({ end: 9 }), 10);
    assert.equal(sizeOf({ start: 10, end: 10 }), 1);
    assert.equal(sizeOf({ start: 90, end: 500 }), 10);
    assert.equal(sizeOf({ start: 200 }), 0);
    assert.equal(sizeOf({ encoding: "hex" }), -1);
  });

  it("does not know the size of what is no regular file, or is not there", async () => {
    assert.equal(fileSize(await files.open(devNull)), -1);
    const stream = createReadStream("/dev/null/none").on("error", () => {});
    assert.equal(fileSize(stream), -1);
  });

  it("refuses a FileHandle that is closed", async () => {
    const handle = await files.handle(Buffer.alloc(1));
    await handle.close();
    assert.ok(isFile(handle));
    assert.throws(() => fileSize(handle));
  });
});
