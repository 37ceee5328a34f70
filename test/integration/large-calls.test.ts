import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { PassThrough } from "node:stream";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import {
  type CallSettings,
  createHttpBackground,
  type HttpBackground,
  type Result,
} from "../../host/index.ts";
import { burn } from "../support/burn.ts";
import { OK, type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const PARTS = 10_000;

/** So many values that reading them takes longer than one turn should. */
function manyParts(letter: string): Record<string, { data: Uint8Array }> {
  const names = Array.from({ length: PARTS }, (_, index) => `n${index}`);
  return Object.fromEntries(names.map((name) => [name, { data: Buffer.alloc(100, letter) }]));
}

/** What has come of each, in the order in which they were settled. */
async function inOrder<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled: T[] = [];
  await Promise.all(promises.map((promise) => promise.then((value) => settled.push(value))));
  return settled;
}

const outcomeOf = ({ status, code }: Result): number | string => status ?? code;
const count = (text: string, letter: string): number => text.split(letter.repeat(100)).length - 1;

describe("a call with very many parts", { timeout: 30_000 }, () => {
  let server: ScriptedServer;
  let plugin: HttpBackground;
  before(async () => {
    server = await startScriptedServer(Array(40).fill(OK));
  });
  after(() => server.close());
  beforeEach(async () => {
    plugin = await createHttpBackground({ threads: [{ id: "t", max_total: 1 }] }, { env: {} });
  });
  afterEach(() => plugin.destroy());

  const call = (letter: string, settings: Omit<CallSettings, "stream"> = {}) =>
    plugin.http_background("t", server.base, { timeout: 20 }, manyParts(letter), settings);

  it("begins a turn after its arguments were read, and sends what was given then", async () => {
    const post = manyParts("A");
    const result = plugin.http_background("t", server.base, { timeout: 20 }, post);
    assert.equal(plugin.stats().t?.active, 0);
    for (const { data } of Object.values(post)) data.fill(0);
    const other = call("B");
    // This call writes its arguments to where theirs were.
    const small = plugin.http_background("t", server.base, { timeout: 20 }, "small");
    for (const { status } of await Promise.all([result, other, small])) assert.equal(status, 200);
    const bodies = server.requests.slice(-3).map(({ body }) => body.toString("latin1"));
    assert.ok(bodies.includes("small"));
    for (const letter of ["A", "B"]) {
      const counts = bodies.map((body) => count(body, letter));
      assert.deepEqual(
        counts.sort((a, b) => b - a),
        [PARTS, 0, 0],
      );
    }
  });

  it("is answered although the plugin is closed before it begins", async () => {
    const result = call("A");
    await Promise.all([plugin.close(), result]);
    assert.equal((await result).status, 200);
  });

  it("is answered although a subscriber closes the plugin while another begins", async () => {
    let closing: Promise<void> | undefined;
    const close = () => {
      closing ??= plugin.close();
    };
    subscribe("http-background:call:start", close);
    try {
      const results = await Promise.all([call("A"), call("B"), call("C")]);
      assert.deepEqual(
        results.map(({ status }) => status),
        [200, 200, 200],
      );
    } finally {
      unsubscribe("http-background:call:start", close);
    }
    await closing;
  });

  for (const how of ["close", "destroy"] as const) {
    it(`begins in a turn of its own if the plugin is asked to ${how} when it waits`, async () => {
      const results = ["A", "B", "C", "D"].map((letter) => call(letter));
      let begun = 0;
      const counts: number[] = [];
      const count = () => begun++;
      subscribe("http-background:call:start", count);
      try {
        const end = plugin[how]();
        counts.push(begun);
        await Promise.all([end, ...results]);
        counts.push(begun);
      } finally {
        unsubscribe("http-background:call:start", count);
      }
      assert.deepEqual(counts, how === "close" ? [0, 4] : [0, 0]);
      assert.equal(plugin.stats().t?.active, 0);
    });
  }

  it("ends although the plugin is destroyed before it begins", async () => {
    const result = call("A");
    await plugin.destroy();
    assert.equal((await result).code, "ABORTED_BY_CALLBACK");
  });

  it("ends by its signal although its turn has not come", async () => {
    const [early, late] = [new AbortController(), new AbortController()];
    early.abort();
    const stream = new PassThrough();
    const calls = [
      call("A"),
      call("B", { signal: early.signal }),
      call("C", { signal: late.signal }),
      call("D", { signal: late.signal, into: stream }),
    ];
    late.abort();
    const aborted = Array(3).fill("ABORTED_BY_CALLBACK");
    assert.deepEqual(await inOrder(calls.map((one) => one.then(outcomeOf))), [...aborted, 200]);
    assert.equal(stream.destroyed, true);
    assert.equal(plugin.stats().t?.failed, 0);
  });

  it("ends by its time limits although its turn has not come, or comes late", async (t) => {
    const calls = [call("A"), call("B", { timeoutMs: 1 }), call("C", { timeoutMs: 20_000 })];
    burn(2);
    assert.deepEqual(await inOrder(calls.map((one) => one.then(outcomeOf))), [
      "OPERATION_TIMEDOUT",
      200,
      200,
    ]);
    const silent = createServer().listen(0, "127.0.0.1");
    t.after(() => silent.close());
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    // Its option is not read before its turn.
    const late = plugin.http_background("t", `http://127.0.0.1:${port}`, { timeout: 1 }, manyParts("D"));
    burn(1_000);
    const small = plugin.http_background("t", `http://127.0.0.1:${port}`, { timeout: 1 });
    const tell = (name: string) => (result: Result) => `${name} ${result.code}`;
    assert.deepEqual(await inOrder([late.then(tell("late")), small.then(tell("small"))]), [
      "late OPERATION_TIMEDOUT",
      "small OPERATION_TIMEDOUT",
    ]);
  });

  it("does not begin if the plugin is destroyed", async () => {
    const results = ["A", "B", "C"].map((letter) => call(letter).then(outcomeOf));
    const destroyed = plugin.destroy().then(() => "destroyed");
    const aborted = Array(3).fill("ABORTED_BY_CALLBACK");
    assert.deepEqual(await inOrder<number | string>([destroyed, ...results]), [...aborted, "destroyed"]);
  });

  it("belongs to its caller's asynchronous context", async () => {
    const whose = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const note = () => seen.push(whose.getStore());
    subscribe("http-background:call:start", note);
    try {
      await Promise.all(["A", "B"].map((letter) => whose.run(letter, () => call(letter))));
    } finally {
      unsubscribe("http-background:call:start", note);
    }
    assert.deepEqual(seen, ["A", "B"]);
  });
});
