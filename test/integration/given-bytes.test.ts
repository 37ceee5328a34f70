import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground, type Post } from "../../host/index.ts";
import { patternBytes } from "../support/bytes.ts";
import { certificates } from "../support/certificates.ts";
import { listen } from "../support/listener.ts";
import { takeRequest } from "../support/raw-request.ts";
import {
  OK,
  type ScriptedServer,
  type ServerEntry,
  startScriptedServer,
} from "../support/scripted-server.ts";

/**
 * Sizes around two limits: from which bytes stay outside of the guest, and from which a body is sent in pieces. The
 * last is more than sockets can hold.
 */
const SIZES = [1, 4096, 4097, 65_536, 65_537, 3_000_000];
const PATTERN = patternBytes(3_000_000);

/** Kinds of memory of a caller, and how the caller changes it after the call. */
const OWNERS: { name: string; make(bytes: Buffer): { view: Uint8Array | ArrayBuffer; change(): void } }[] = [
  {
    name: "are overwritten",
    make: (bytes) => {
      const view = Buffer.from(bytes);
      return { view, change: () => view.fill(0) };
    },
  },
  {
    name: "go to another thread",
    make: (bytes) => {
      const view = new Uint8Array(bytes);
      return { view, change: () => structuredClone(view.buffer, { transfer: [view.buffer] }) };
    },
  },
  {
    name: "are an ArrayBuffer that goes to another thread",
    make: (bytes) => {
      const { buffer } = new Uint8Array(bytes);
      return { view: buffer, change: () => structuredClone(buffer, { transfer: [buffer] }) };
    },
  },
  {
    name: "lie in memory that shrinks",
    make: (bytes) => {
      const buffer = resizable(bytes.length + 10);
      const view = new Uint8Array(buffer, 10, bytes.length);
      view.set(bytes);
      return { view, change: () => buffer.resize(5) };
    },
  },
  {
    name: "lie in the memory of WebAssembly, which grows",
    make: (bytes) => {
      const memory = new WebAssembly.Memory({ initial: 1 + Math.ceil(bytes.length / 65_536) });
      const view = new Uint8Array(memory.buffer, 3, bytes.length);
      view.set(bytes);
      return { view, change: () => memory.grow(1) };
    },
  },
  {
    name: "lie in shared memory",
    make: (bytes) => {
      const view = new Uint8Array(new SharedArrayBuffer(bytes.length));
      view.set(bytes);
      return { view, change: () => view.fill(0) };
    },
  },
];

interface Resizable extends ArrayBuffer {
  resize(bytes: number): void;
}

/** The types of TypeScript do not have this memory yet. */
function resizable(bytes: number): Resizable {
  const Constructor = ArrayBuffer as unknown as new (bytes: number, options: object) => Resizable;
  return new Constructor(bytes, { maxByteLength: 2 * bytes });
}

describe("bytes that are given to a call", () => {
  let server: ScriptedServer;
  let plugin: HttpBackground;
  before(async () => {
    plugin = await createHttpBackground({ threads: [{ id: "t", max_total: 1 }] }, { env: {} });
  });
  after(async () => {
    await plugin.destroy();
    await server.close();
  });

  async function start(script: ServerEntry[] = []): Promise<void> {
    await server?.close();
    server = await startScriptedServer(script);
  }

  const call = (post?: Post, options = {}) =>
    plugin.http_background("t", server.base, { timeout: 20, ...options }, post);

  for (const { name, make } of OWNERS) {
    it(`are sent as they were, although they ${name}`, async () => {
      for (const size of SIZES) {
        const bytes = PATTERN.subarray(0, size);
        // On a fresh connection, on an idle one, and queued after another call.
        for (const isQueued of [false, false, true]) {
          if (isQueued || server === undefined) await start();
          const blocker = isQueued ? call("first") : undefined;
          const { view, change } = make(bytes);
          const result = call(view);
          change();
          await blocker;
          assert.equal((await result).status, 200);
          assert.ok(server.requests.at(-1)?.body.equals(bytes), `${size} bytes`);
        }
      }
    });

    it(`are sent as they were as a part, encoded and again after a redirect, although they ${name}`, async () => {
      for (const size of [100, 5000, 200_000]) {
        const bytes = PATTERN.subarray(0, size);
        const again = { send: "HTTP/1.1 307 X\r\nLocation: /\r\nContent-Length: 0\r\n\r\n" };
        await start([again, OK]);
        const { view, change } = make(bytes);
        const post = { f: { data: view }, g: { data: view, encoder: "base64" } };
        const result = call(post, { redirects: 1 });
        change();
        assert.equal((await result).status, 200);
        const [first, second] = server.requests.map(({ body }) => body);
        assert.ok(first !== undefined && second !== undefined && first.equals(second));
        assert.ok(first.includes(bytes));
        assert.ok(first.toString("latin1").replaceAll("\r\n", "").includes(bytes.toString("base64")));
      }
    });
  }

  it("are refused if there are none behind them any more", async () => {
    await start();
    for (const size of [100, 5000]) {
      const gone = new Uint8Array(size);
      structuredClone(gone.buffer, { transfer: [gone.buffer] });
      const shrunk = resizable(size);
      const views = [new Uint8Array(shrunk, 50, 50), new DataView(shrunk, 50, 50) as unknown as Uint8Array];
      shrunk.resize(10);
      for (const post of [gone, gone.buffer, ...views]) {
        await assert.rejects(async () => call(post), { code: "BAD_ARGUMENT" });
        await assert.rejects(async () => call({ f: { data: post } }), { code: "BAD_ARGUMENT" });
      }
    }
    assert.equal((await call(new Uint8Array(0))).status, 200);
    assert.equal((await call(new DataView(new ArrayBuffer(0)) as unknown as Uint8Array)).status, 200);
  });

  it("are copied once, however often one post names them", async () => {
    await start();
    const bytes = new Uint8Array(50_000_000);
    const idle = process.memoryUsage().arrayBuffers;
    const parts = Array.from({ length: 100 }, () => ({ data: bytes }));
    const aborting = new AbortController();
    const result = plugin.http_background("t", "127.0.0.1:1", {}, parts, { signal: aborting.signal });
    assert.ok(process.memoryUsage().arrayBuffers - idle < 2 * bytes.length);
    aborting.abort();
    await result;
  });

  it("may be one buffer that a stream uses again for each of its chunks", async (t) => {
    const { cert, key } = certificates().good;
    for (const size of [100, 10_000, 20_000, 100_000]) {
      const sent: Buffer[] = [];
      async function* reusing(): AsyncGenerator<Uint8Array> {
        const buffer = Buffer.alloc(size);
        for (let i = 0; i < Math.min(400, 5_000_000 / size); i++) {
          buffer.fill(i);
          sent.push(Buffer.from(buffer));
          yield buffer;
        }
      }
      let received: Buffer = Buffer.alloc(0);
      let body: Buffer | undefined;
      const behave = (socket: Socket): unknown =>
        socket.on("data", (chunk: Buffer) => {
          received = Buffer.concat([received, chunk]);
          if (received.toString("latin1", received.length - 7) === "\r\n0\r\n\r\n") {
            body = takeRequest(received)?.body;
            socket.write(OK.send ?? "");
          }
        });
      // Over TLS, what is written waits a turn of the event loop.
      const { port } = await listen(t, behave, { tls: { cert, key } });
      const options = { timeout: 20, tls_verify_peer: false };
      const { status } = await plugin.http_background("t", `https://127.0.0.1:${port}`, options, reusing());
      assert.equal(status, 200);
      assert.ok(body?.equals(Buffer.concat(sent)), `chunks of ${size} bytes`);
    }
  });
});
