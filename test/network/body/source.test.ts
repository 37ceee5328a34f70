import assert from "node:assert/strict";
import { Blob } from "node:buffer";
import { createHash } from "node:crypto";
import { createReadStream, openAsBlob, readdirSync } from "node:fs";
import { truncate, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { after, before, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createBody } from "../../../host/network/body/segmented-body.ts";
import type { Body } from "../../../host/network/transfer/body.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";

import { FILE_MAKERS, TemporaryFiles } from "../../support/files.ts";
import { NO_DESCRIPTORS } from "../../support/platform.ts";

const CHUNK = 65_536;

function partBody(source: unknown, size = -1): Body {
  const segment = { source: source as Blob, size, isWhole: true, makeEncoder: null };
  return createBody({ kind: "multipart", contentType: null, length: -1, segments: [segment] });
}

function openFiles(): number {
  return readdirSync("/proc/self/fd").length;
}

async function drain(body: Body): Promise<number> {
  let count = 0;
  for await (const chunk of body.open()) count += chunk.length;
  return count;
}

/** Asserts that reading fails with READ_ERROR, and with `cause`, if it is given. */
async function assertReadError(body: Body, cause?: unknown): Promise<void> {
  await assert.rejects(drain(body), (error) => {
    assert.ok(error instanceof TransferFailure);
    assert.equal(error.code, "READ_ERROR");
    if (cause !== undefined) assert.equal(error.cause, cause);
    return true;
  });
  body.close();
}

describe("a source", () => {
  let files: TemporaryFiles;
  before(async () => {
    files = await TemporaryFiles.create();
  });
  after(() => files[Symbol.asyncDispose]());

  describe("that fails", () => {
    const cause = new Error("the disk is on fire");

    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("some");
      throw cause;
    }

    it("is a READ_ERROR with its cause, whatever it is", async () => {
      await assertReadError(partBody(failing()), cause);
      await assertReadError(partBody(Readable.from(failing(), { objectMode: false })), cause);
      const web = new ReadableStream({ pull: (controller) => controller.error(cause) });
      await assertReadError(partBody(web), cause);
    });

    it("does so for what breaks the contract of its kind", async () => {
      const notBytes = Readable.from([{ not: "bytes" }]);
      const locked = new ReadableStream();
      locked.getReader();
      const broken = { [Symbol.asyncIterator]: () => ({ next: () => 1 }) };
      const notOne = { [Symbol.asyncIterator]: () => undefined };
      for (const source of [notBytes, locked, broken, notOne]) await assertReadError(partBody(source));
    });

    it("does so for streams that are over before they are read", async () => {
      const destroyed = Readable.from(["a"]).destroy();
      const ended = Readable.from(["a"], { autoDestroy: false });
      await ended.toArray();
      const web = new Blob(["a"]).stream();
      for await (const _ of web);
      for (const source of [destroyed, ended, web]) await assertReadError(partBody(source));
    });

    it("does so for files that are gone, closed, changed or no files", async () => {
      const handle = await files.handle(Buffer.alloc(10));
      await handle.close();
      await assertReadError(partBody(handle, 10));
      await assertReadError(partBody(createReadStream("/dev/null/none")));
      await assertReadError(partBody(createReadStream("/")));
      const path = await files.write(Buffer.alloc(1000));
      const blob = await openAsBlob(path);
      await truncate(path, 10);
      await assertReadError(partBody(blob, 1000));
    });

    it("gives all bytes of a Blob in order, whatever its parts are in", async () => {
      const bytes = Buffer.from(Uint32Array.from({ length: 300_000 }, (_, index) => index).buffer);
      const inFile = await openAsBlob(await files.write(bytes));
      const rows = [
        [new Blob([bytes]), 512 * 1024],
        [inFile, CHUNK],
        [new Blob([bytes, inFile, bytes.subarray(0, 7), inFile]), 512 * 1024],
        [
          new Blob(Array.from({ length: 40_000 }, (_, index) => bytes.subarray(index, index + 20))),
          1024 * 1024,
        ],
        [new Blob([]), 0],
      ] as const;
      for (const [blob, most] of rows) {
        const hash = createHash("sha256");
        let largest = 0;
        for await (const chunk of partBody(blob, blob.size).open()) {
          hash.update(chunk);
          largest = Math.max(largest, chunk.length);
        }
        const expected = createHash("sha256").update(Buffer.from(await blob.arrayBuffer()));
        assert.equal(hash.digest("hex"), expected.digest("hex"));
        assert.ok(largest <= most, `${largest}`);
      }
    });

    it("leaves nothing open of a Blob in a file of which nobody wants the rest", {
      skip: NO_DESCRIPTORS,
    }, async () => {
      const body = partBody(await openAsBlob(await files.write(Buffer.alloc(20 * CHUNK))), 20 * CHUNK);
      const opened = openFiles();
      for await (const _ of body.open()) break;
      while (openFiles() > opened) await turn();
    });

    it("does so for a file that shrinks or grows while it is read", async () => {
      for (const size of [CHUNK, 5 * CHUNK]) {
        const path = await files.write(Buffer.alloc(3 * CHUNK));
        const body = partBody(await files.open(path), 3 * CHUNK);
        const reading = (async () => {
          for await (const _ of body.open()) await writeFile(path, Buffer.alloc(size));
        })();
        await assert.rejects(reading, TransferFailure);
      }
    });

    it("does not bring the process down before it is read, or when it never is", async () => {
      const stream = createReadStream("/dev/null/none");
      const body = partBody(stream);
      await new Promise<void>((resolve) => stream.once("close", () => resolve()));
      await assertReadError(body);
      partBody(createReadStream("/dev/null/none")).close();
      partBody(new Readable({ destroy: (_, done) => done(cause) })).close();
      partBody(new ReadableStream({ cancel: () => Promise.reject(cause) })).close();
      await turn();
    });
  });

  describe("that is not wanted any more", () => {
    it("is destroyed, cancelled or returned from, after one chunk", async () => {
      const ended: string[] = [];
      async function* endless(name: string): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield Buffer.alloc(100);
        } finally {
          ended.push(name);
        }
      }
      const web = new ReadableStream({
        pull: (controller) => controller.enqueue(Buffer.alloc(100)),
        cancel: () => void ended.push("web"),
      });
      const stream = Readable.from(endless("Readable"), { objectMode: false });
      for (const source of [endless("generator"), stream, web]) {
        const body = partBody(source);
        const chunks = body.open()[Symbol.asyncIterator]();
        await chunks.next();
        body.close();
        await assert.rejects(chunks.next(), TransferFailure);
      }
      await turn();
      assert.deepEqual(ended.sort(), ["Readable", "generator", "web"]);
    });

    it("is let go of though it was never opened", async () => {
      let isCancelled = false;
      const web = new ReadableStream({
        cancel() {
          isCancelled = true;
        },
      });
      partBody(web).close();
      const stream = createReadStream(await files.write(Buffer.alloc(10)));
      partBody(stream).close();
      assert.ok(stream.destroyed);
      assert.ok(isCancelled);
    });

    it("ends though it is waited for, and does not look like its end", async () => {
      const never = new Promise<never>(() => {});
      const web = new ReadableStream({ pull: () => never });
      const stream = new Readable({ read() {} });
      for (const source of [web, stream]) {
        const body = partBody(source);
        const chunk = body.open()[Symbol.asyncIterator]().next();
        await turn();
        body.close();
        await assert.rejects(chunk, TransferFailure);
      }
    });

    it("is told so once", async () => {
      let returns = 0;
      const source = {
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: false, value: Buffer.from("a") }),
          return: async () => {
            returns++;
            return { done: true, value: undefined };
          },
        }),
      };
      const body = partBody(source);
      const chunks = body.open()[Symbol.asyncIterator]();
      await chunks.next();
      body.close();
      await chunks.return?.();
      body.close();
      assert.equal(returns, 1);
    });

    it("is left alone once it was read to its end", async () => {
      const stream = new Readable({ read() {}, autoDestroy: false });
      stream.push("all");
      stream.push(null);
      const body = partBody(stream);
      assert.equal(await drain(body), 3);
      body.close();
      assert.ok(!stream.destroyed);
      const handle = await files.handle(Buffer.alloc(10));
      const whole = partBody(handle, 10);
      await drain(whole);
      whole.close();
      assert.equal((await handle.stat()).size, 10);
    });
  });

  describe("that is faster than it is wanted", () => {
    it("is asked for one chunk at a time", async () => {
      let asked = 0;
      async function* counted(): AsyncGenerator<Uint8Array> {
        while (asked < 50) {
          asked++;
          yield Buffer.alloc(1000);
        }
      }
      let taken = 0;
      for await (const _ of partBody(counted()).open()) {
        await turn();
        assert.ok(asked - ++taken <= 1, `${asked} asked, ${taken} taken`);
      }
      assert.equal(taken, 50);
    });

    it("is not read ahead of: a FileHandle", async () => {
      const handle = await files.handle(Buffer.alloc(20 * CHUNK));
      let reads = 0;
      const read = handle.read.bind(handle);
      handle.read = ((...args: Parameters<typeof read>) => {
        reads++;
        return read(...args);
      }) as typeof handle.read;
      let taken = 0;
      for await (const chunk of partBody(handle, 20 * CHUNK).open()) {
        await turn();
        assert.ok(chunk.length <= CHUNK);
        assert.ok(reads - ++taken <= 1, `${reads} read, ${taken} taken`);
      }
    });

    it("holds no more than a stream's own mark: a Readable and a web stream", async () => {
      let made = 0;
      const stream = new Readable({
        highWaterMark: 10_000,
        read() {
          made += 1000;
          this.push(made > 100_000 ? null : Buffer.alloc(1000));
        },
      });
      let taken = 0;
      for await (const chunk of partBody(stream).open()) {
        await turn();
        taken += chunk.length;
        assert.ok(made - taken <= 21_000, `${made} made, ${taken} taken`);
      }
      let pulls = 0;
      const web = new ReadableStream({
        pull(controller) {
          if (++pulls > 50) controller.close();
          else controller.enqueue(Buffer.alloc(1000));
        },
      });
      let chunks = 0;
      for await (const _ of partBody(web).open()) {
        await turn();
        assert.ok(pulls - ++chunks <= 2, `${pulls} pulled, ${chunks} taken`);
      }
    });
  });

  it("takes text as what it was decoded from, and views as their bytes", async () => {
    const path = await files.write(Buffer.from([0, 0xff, 0x80, 0x41]));
    for (const encoding of ["hex", "latin1", "base64"] as const) {
      assert.equal(await drain(partBody(createReadStream(path, { encoding }))), 4);
    }
    assert.equal(await drain(partBody(Readable.from(["å", "b"]))), 3);
    assert.equal(await drain(partBody(Readable.from([new Uint16Array(3), new ArrayBuffer(2)]))), 8);
  });

  it("is one of 200 at once", async () => {
    const bytes = Buffer.alloc(100_000, "z");
    const bodies = await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const { make } = FILE_MAKERS[i % FILE_MAKERS.length] as (typeof FILE_MAKERS)[number];
        return partBody(await make(bytes, files));
      }),
    );
    const counts = await Promise.all(bodies.map(drain));
    assert.ok(counts.every((count) => count === bytes.length));
    for (const body of bodies) body.close();
  });
});
