import assert from "node:assert/strict";
import { once } from "node:events";
import { createReadStream, readdirSync, readlinkSync } from "node:fs";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { after, before, describe, it } from "node:test";
import { MAX_PARTS, MAX_VALUES } from "../../assembly/abi.ts";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { TemporaryFiles } from "../support/files.ts";
import { NO_DESCRIPTORS } from "../support/platform.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";
import { chunks } from "../support/transfers.ts";

type Untyped = (...args: unknown[]) => Promise<{ status?: number; code?: string }>;

const MANY_PARTS = Array(2 * MAX_PARTS).fill({ data: "x" });

/** A call with a post that cannot be made. With `close`, the plugin is closed before. */
interface Refusal {
  readonly args: (url: string, post: unknown) => unknown[];
  readonly code: string;
  readonly close?: true;
}

const REFUSALS: Readonly<Record<string, Refusal>> = {
  "a bad option": { args: (url, post) => ["t", url, { timeout: "5" }, post], code: "BAD_OPTION" },
  "no such thread": { args: (url, post) => ["none", url, {}, post], code: "UNKNOWN_THREAD" },
  "a bad URL": { args: (_, post) => ["t", 5, {}, post], code: "BAD_ARGUMENT" },
  "a bad id": { args: (url, post) => [5, url, {}, post], code: "BAD_ARGUMENT" },
  "bad options": { args: (url, post) => ["t", url, 5, post], code: "BAD_ARGUMENT" },
  "a bad part beside it": {
    args: (url, post) => ["t", url, {}, { good: { data: post }, bad: { data: 5 } }],
    code: "BAD_ARGUMENT",
  },
  "a bad part before it": {
    args: (url, post) => [
      "t",
      url,
      {},
      new Map([
        ["bad", {}],
        ["good", { data: post }],
      ] as never),
    ],
    code: "BAD_ARGUMENT",
  },
  "itself as a part": { args: (url, post) => ["t", url, {}, [post]], code: "BAD_ARGUMENT" },
  "another name of its field": {
    args: (url, post) => ["t", url, {}, { f: { file: post } }],
    code: "BAD_ARGUMENT",
  },
  "a bad signal": { args: (url, post) => ["t", url, {}, post, { signal: 5 }], code: "BAD_ARGUMENT" },
  "a bad setting": { args: (url, post) => ["t", url, {}, post, { timeout: 5 }], code: "BAD_ARGUMENT" },
  "a getter that throws": { args: (url, post) => ["t", url, thrower("timeout"), post], code: "THROWN" },
  "a getter that throws before it": {
    args: (url, post) => ["t", url, {}, { ...thrown("bad"), good: { data: post } }],
    code: "THROWN",
  },
  "too many values": {
    args: (url, post) => ["t", url, { headers: new Array(300_000).fill("") }, post],
    code: "BAD_ARGUMENT",
  },
  "a bad part before too many": {
    args: (url, post) => ["t", url, {}, [{}, ...MANY_PARTS, { data: post }]],
    code: "BAD_ARGUMENT",
  },
  "an object of too many members": {
    args: (url, post) => ["t", url, {}, { ...[{ data: post }, ...Array(MAX_VALUES).fill("")] }],
    code: "BAD_ARGUMENT",
  },
  "a plugin that is closed": { args: (url, post) => ["t", url, {}, post], code: "CLOSED", close: true },
};

const THROWN = Object.assign(new Error("thrown by the caller"), { code: "THROWN" });

function thrower(name: string): object {
  return Object.defineProperty({}, name, {
    enumerable: true,
    get() {
      throw THROWN;
    },
  });
}

/** A part whose data cannot be read. */
function thrown(name: string): object {
  return { [name]: thrower("data") };
}

describe("what is handed over to a call that cannot be made", () => {
  let server: ScriptedServer;
  let files: TemporaryFiles;
  before(async () => {
    server = await startScriptedServer();
    files = await TemporaryFiles.create();
  });
  after(async () => {
    await server.close();
    await files[Symbol.asyncDispose]();
  });

  /** Returns a function that makes the call, in the same turn. */
  async function prepare({ args, code, close }: Refusal): Promise<(post: unknown) => Promise<void>> {
    const http: HttpBackground = await createHttpBackground({ threads: [{ id: "t" }] });
    if (close) await http.close();
    return async (post) => {
      await assert.rejects((http.http_background as Untyped)(...args(server.base, post)), { code });
      await http.close();
    };
  }

  for (const [why, refusal] of Object.entries(REFUSALS)) {
    describe(`because of ${why}`, () => {
      it("is destroyed: a stream that fails says nothing", async () => {
        const call = await prepare(refusal);
        const stream = createReadStream("/nonexistent/file");
        const closed = new Promise<void>((resolve) => stream.on("close", () => resolve()));
        await call(stream);
        await closed;
        assert.ok(stream.destroyed);
        await new Promise(setImmediate);
        assert.equal(stream.listenerCount("error"), 0);
      });

      it("is destroyed: one that failed in the same turn", async () => {
        const call = await prepare(refusal);
        const stream = new Readable({ read() {} });
        await new Promise<void>((resolve, reject) => {
          setImmediate(() => {
            stream.destroy(new Error("failed before"));
            call(stream).then(resolve, reject);
          });
        });
        await new Promise(setImmediate);
        assert.equal(stream.listenerCount("error"), 0);
      });

      it("is destroyed: a stream of a file leaves no descriptor", { skip: NO_DESCRIPTORS }, async () => {
        const path = await files.write(Buffer.alloc(10));
        const stream = createReadStream(path);
        await once(stream, "open");
        assert.deepEqual(openPaths(path), [path]);
        const closed = once(stream, "close");
        await (await prepare(refusal))(stream);
        await closed;
        assert.deepEqual(openPaths(path), []);
      });

      it("is cancelled: a stream of the web; and returned from: a generator", async () => {
        const ended: string[] = [];
        const web = new ReadableStream({ cancel: () => void ended.push("web") });
        const generator = (async function* () {
          try {
            for (;;) yield Buffer.from("x");
          } finally {
            ended.push("generator");
          }
        })();
        await generator.next();
        await (await prepare(refusal))(web);
        await (await prepare(refusal))(generator);
        assert.deepEqual(ended, ["web", "generator"]);
      });

      it("stays open: a FileHandle", async () => {
        const handle = await files.handle(Buffer.alloc(10));
        await (await prepare(refusal))(handle);
        assert.equal((await handle.stat()).size, 10);
      });
    });
  }
});

describe("a File in a post of too many parts", () => {
  it("is let go of, wherever it stands", async () => {
    const http = await createHttpBackground({ threads: [{ id: "t" }] });
    const shapes: Record<string, (parts: object[]) => unknown> = {
      array: (parts) => parts,
      object: (parts) => ({ ...parts }),
      map: (parts) => new Map(parts.entries()),
    };
    for (const [shape, make] of Object.entries(shapes)) {
      const [first, last] = [new Readable({ read() {} }), new Readable({ read() {} })];
      const post = make([{ data: first }, ...MANY_PARTS, { data: last }]);
      const { code } = await (http.http_background as Untyped)("t", "http://127.0.0.1/", {}, post);
      assert.deepEqual({ shape, code }, { shape, code: "OUT_OF_MEMORY" });
      assert.ok(first.destroyed && last.destroyed, shape);
    }
    await http.close();
  });
});

describe("a File in a field that means nothing", () => {
  it("is let go of when the call is over", async () => {
    const server = await startScriptedServer();
    const http = await createHttpBackground({ threads: [{ id: "t" }] });
    const stream = new Readable({ read() {} });
    const post = { field: { data: "text", comment: stream } };
    const result = await (http.http_background as Untyped)("t", server.base, {}, post);
    assert.equal(result.status, 200);
    assert.ok(stream.destroyed);
    const unknown = new Readable({ read() {} });
    await (http.http_background as Untyped)("t", server.base, { log: unknown });
    assert.ok(!unknown.destroyed, "options hand nothing over");
    await http.close();
    await server.close();
  });
});

describe("a stream that is given to many calls", () => {
  it("is sent whole by the first of them, and by no other; no listener of ours stays", async () => {
    const server = await startScriptedServer();
    const http = await createHttpBackground({ threads: [{ id: "t" }] });
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on("warning", onWarning);
    for (const stream of [Readable.from(["a", "b", "c"], { objectMode: false }), chunks("a", "b", "c")]) {
      const calls = Array.from({ length: 30 }, () =>
        (http.http_background as Untyped)("t", server.base, {}, stream),
      );
      const [first, ...others] = await Promise.all(calls);
      assert.equal(first?.status, 200);
      for (const other of others) assert.equal(other.code, "READ_ERROR");
    }
    const stream = new Readable({ read() {}, autoDestroy: false });
    stream.push(null);
    assert.equal((await (http.http_background as Untyped)("t", server.base, {}, stream)).status, 200);
    assert.equal(stream.destroyed, false);
    for (const event of stream.eventNames()) assert.equal(stream.listenerCount(event), 0, String(event));
    await new Promise(setImmediate);
    process.off("warning", onWarning);
    assert.deepEqual(warnings, []);
    await http.close();
    await server.close();
  });
});

/** The descriptors of this process for that path. */
function openPaths(path: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path ? [path] : [];
    } catch {
      return [];
    }
  });
}
