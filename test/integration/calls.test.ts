import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

describe("http_background", () => {
  let server: ScriptedServer;
  let plugin: HttpBackground;
  before(async () => {
    server = await startScriptedServer();
    plugin = await createHttpBackground({ threads: [{ id: "default" }] }, { env: {} });
  });
  after(async () => {
    await plugin.close();
    await server.close();
  });

  it("can be taken off its object", async () => {
    const { http_background } = plugin;
    assert.deepEqual(await http_background("default", server.base), {
      status: 200,
      content: Buffer.from("ok"),
    });
  });

  it("gives content that JSON.parse and templates take as text", async () => {
    const other = await startScriptedServer([
      { send: 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}' },
    ]);
    const { content } = await plugin.http_background("default", other.base);
    assert.deepEqual(JSON.parse(content as unknown as string), { a: 1 });
    assert.equal(`${content}`, '{"a":1}');
    await other.close();
  });

  it("ends at once when its signal is aborted before", async () => {
    const seen = server.requests.length;
    const result = await plugin.http_background("default", server.base, {}, "x", {
      signal: AbortSignal.abort(),
    });
    assert.deepEqual(result, {
      error: "Operation was aborted by an application callback",
      code: "ABORTED_BY_CALLBACK",
    });
    assert.equal(server.requests.length, seen);
  });

  it("refuses a signal that is none", async () => {
    const call = { signal: "stop" as unknown as AbortSignal };
    await assert.rejects(plugin.http_background("default", server.base, {}, "x", call), {
      code: "BAD_ARGUMENT",
    });
  });

  it("passes on what a getter of the caller throws", async () => {
    const options = {
      get timeout(): number {
        throw new Error("mine");
      },
    };
    await assert.rejects(plugin.http_background("default", server.base, options), /mine/);
  });

  it("refuses calls once it is closed, and closes twice without complaint", async () => {
    const closed = await createHttpBackground({ threads: [{ id: "default" }] });
    await closed.close();
    await closed.close();
    await closed.destroy();
    await assert.rejects(closed.http_background("default", server.base), { code: "CLOSED" });
  });

  it("finishes what is in flight when it is closed, and ends it when it is destroyed", async () => {
    const slow = await startScriptedServer([{ delay_ms: 100, send: "HTTP/1.1 204 N\r\n\r\n" }], {
      otherwise: { delay_ms: 60_000 },
    });
    for (const [end, expected] of [
      ["close", 204],
      ["destroy", "ABORTED_BY_CALLBACK"],
    ] as const) {
      const own = await createHttpBackground({ threads: [{ id: "default", max_total: 1 }] });
      const call = own.http_background("default", slow.base);
      await own[end]();
      const result = await call;
      assert.equal(result.status ?? result.code, expected);
      assert.deepEqual(own.stats().default?.active, 0);
    }
    await slow.close();
  });

  it("is closed at the end of its scope", async () => {
    const scoped = await createHttpBackground({ threads: [] });
    await scoped[Symbol.asyncDispose]();
    await assert.rejects(scoped.http_background("default", server.base), { code: "CLOSED" });
  });
});
