import assert from "node:assert/strict";
import { Blob } from "node:buffer";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground, type Result } from "../../host/index.ts";
import { TemporaryFiles } from "../support/files.ts";
import { closedPort } from "../support/listener.ts";
import { type OK, type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const THROWN = new Error("thrown by the caller");

/** What a member of a caller's object does, instead of what it should do. */
type Misdeed = (http: HttpBackground) => unknown;

const MISDEEDS: Readonly<Record<string, Misdeed>> = {
  throws: () => {
    throw THROWN;
  },
  rejects: () => Promise.reject(THROWN),
  "never answers": () => new Promise(() => {}),
  "gives nonsense": () => "nonsense",
  "gives nothing": () => undefined,
  "destroys the plugin": (http) => void http.destroy(),
  "closes the plugin and throws": (http) => {
    void http.close();
    throw THROWN;
  },
  "makes a call": (http) => void http.http_background("t", "http://127.0.0.1:1/").catch(() => {}),
};

/** Methods that may return a promise. The result of other methods does not matter, because Node ignores it. */
const ASYNCHRONOUS: ReadonlySet<PropertyKey> = new Set([
  "destroy",
  "cancel",
  "next",
  "return",
  "read",
  "close",
]);

/** The misdeeds that a method can do; null means a getter. */
function misdeedsOf(name: PropertyKey | null): Misdeed[] {
  const { rejects, ...others } = MISDEEDS;
  return Object.values(name !== null && ASYNCHRONOUS.has(name) ? MISDEEDS : others);
}

interface Kind {
  make(files: TemporaryFiles): Promise<object> | object;
  readonly names: readonly PropertyKey[];
}

const KINDS: Readonly<Record<string, Kind>> = {
  Readable: {
    make: makeReadable,
    names: [
      ...["on", "once", "off", "pipe", "_read", "destroy", "destroyed", "closed", "readableEnded"],
      ...["readableEncoding", Symbol.asyncIterator],
    ],
  },
  "web stream": { make: makeWebStream, names: ["getReader", "cancel", "locked"] },
  iterable: { make: () => ({ [Symbol.asyncIterator]: () => chunks() }), names: [Symbol.asyncIterator] },
  iterator: { make: makeIterator, names: ["next", "return", Symbol.asyncIterator] },
  Blob: { make: () => new Blob(["x".repeat(100)]), names: ["size", "slice", "stream"] },
  FileHandle: {
    make: (files) => files.handle(Buffer.alloc(100_000)),
    names: ["read", "stat", "fd"],
  },
};

function makeReadable(): Readable {
  let left = 20;
  // A stream that destroys itself would be destroyed in a separate tick, in which nobody could catch its errors.
  return new Readable({
    autoDestroy: false,
    read() {
      setImmediate(() => this.push(left-- > 0 ? Buffer.alloc(100) : null));
    },
  });
}

function makeWebStream(): ReadableStream {
  let left = 20;
  return new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(Buffer.alloc(100));
      else controller.close();
    },
  });
}

/** What else happens to the call. */
const FATES: Readonly<Record<string, { otherwise?: typeof OK; isRefused?: true; aborts?: true }>> = {
  "is answered": {},
  "cannot connect": { isRefused: true },
  "is aborted while it is sent": { otherwise: { delay_ms: 60_000 }, aborts: true },
};

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let left = 20; left > 0; left--) {
    await new Promise(setImmediate);
    yield Buffer.alloc(100);
  }
}

function makeIterator(): AsyncIterableIterator<Uint8Array> {
  const generator = chunks();
  return {
    next: () => generator.next(),
    return: () => generator.return(undefined),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Changes a member of `object` so that it does a misdeed: when it is called, or with `isGetter` when it is read. */
function spoil(object: object, name: PropertyKey, act: () => unknown, isGetter: boolean): object {
  return Object.defineProperty(object, name, {
    configurable: true,
    enumerable: true,
    ...(isGetter ? { get: act } : { value: act }),
  });
}

describe("a caller's object that does what it should not", () => {
  let files: TemporaryFiles;
  let refusing: number;
  before(async () => {
    files = await TemporaryFiles.create();
    refusing = await closedPort();
  });
  after(() => files[Symbol.asyncDispose]());

  for (const [fate, { otherwise, isRefused, aborts }] of Object.entries(FATES)) {
    describe(`while its call ${fate}`, () => {
      let server: ScriptedServer;
      before(async () => {
        server = await startScriptedServer([], otherwise === undefined ? {} : { otherwise });
      });
      after(() => server.close());

      /** The call may end in any way, but it must end. */
      async function callWith(http: HttpBackground, post: object, asPart: boolean): Promise<Result | Error> {
        const controller = new AbortController();
        const url = isRefused ? `http://127.0.0.1:${refusing}/` : server.base;
        const value = asPart ? { field: { data: post } } : post;
        const settings = { signal: controller.signal, timeoutMs: 50 };
        const calling = http.http_background("t", url, {}, value as never, settings);
        if (aborts) setTimeout(() => controller.abort(), 5);
        return await calling.catch((error: Error) => error);
      }

      async function misbehave(make: Kind["make"], name: PropertyKey, misdeed: Misdeed, isGetter: boolean) {
        const http = await createHttpBackground({ threads: [{ id: "t", max_host: 1 }] });
        const post = spoil(await make(files), name, () => misdeed(http), isGetter);
        const ended = await callWith(http, post, isGetter);
        assert.ok(ended instanceof Error || ended.status !== undefined || ended.code !== undefined);
        await http.destroy();
        const { queued, active, idle } = http.stats().t ?? assert.fail();
        assert.deepEqual({ queued, active, idle }, { queued: 0, active: 0, idle: 0 });
      }

      for (const [kind, { make, names }] of Object.entries(KINDS)) {
        for (const name of names) {
          it(`ends the call, and destroy() ends: ${kind}.${String(name)}`, async () => {
            for (const misdeed of misdeedsOf(name)) await misbehave(make, name, misdeed, false);
            for (const misdeed of misdeedsOf(null)) await misbehave(make, name, misdeed, true);
          });
        }
      }
    });
  }
});

describe("a caller's signal that does what it should not", () => {
  for (const name of ["aborted", "addEventListener", "removeEventListener", "reason"] as const) {
    it(`ends the call all the same: ${name}`, async () => {
      const server = await startScriptedServer([], { otherwise: { delay_ms: 60_000 } });
      for (const misdeed of misdeedsOf(null)) {
        const http = await createHttpBackground({ threads: [{ id: "t" }] });
        const controller = new AbortController();
        spoil(controller.signal, name, () => misdeed(http), name === "aborted" || name === "reason");
        const { signal } = controller;
        const calling = http.http_background("t", server.base, {}, undefined, { signal });
        setImmediate(() => controller.abort());
        assert.equal((await calling).code, "ABORTED_BY_CALLBACK");
        await http.close();
      }
      await server.close();
    });
  }

  it("is none, if it only looks like one", async () => {
    const http = await createHttpBackground({ threads: [{ id: "t" }] });
    const signal = Object.create(AbortSignal.prototype) as AbortSignal;
    await assert.rejects(http.http_background("t", "http://127.0.0.1:1/", {}, "", { signal }), {
      code: "BAD_ARGUMENT",
      option: "signal",
    });
    await http.close();
  });

  it("may say that it aborts more than once, with an event of its own", async () => {
    const server = await startScriptedServer([], { otherwise: { delay_ms: 60_000 } });
    const http = await createHttpBackground({ threads: [{ id: "t" }] });
    const { signal } = new AbortController();
    const calling = http.http_background("t", server.base, {}, undefined, { signal });
    const event = Object.defineProperty(new Event("abort"), "target", { value: null });
    signal.dispatchEvent(event);
    signal.dispatchEvent(new Event("abort"));
    assert.equal((await calling).code, "ABORTED_BY_CALLBACK");
    await http.close();
    await server.close();
  });
});
