import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

type Untyped = (...args: unknown[]) => Promise<{ status?: number; code?: string }>;

/** Wrong last arguments, and the name in the mistake. */
const REFUSED: readonly (readonly [settings: unknown, option: string])[] = [
  [null, "call"],
  [5, "call"],
  ["signal", "call"],
  [() => {}, "call"],
  [new Map([["timeoutMs", 5]]), "call"],
  [AbortSignal.timeout(1000), "call"],
  [{ timeout: 5 }, "timeout"],
  [{ signal: undefined, timeoutMS: 5 }, "timeoutMS"],
  [{ signal: null }, "signal"],
  [{ signal: {} }, "signal"],
  [{ timeoutMs: Number.NaN }, "timeoutMs"],
  [{ timeoutMs: -1 }, "timeoutMs"],
  [{ timeoutMs: "5" }, "timeoutMs"],
  [{ timeoutMs: 5n }, "timeoutMs"],
  [{ timeoutMs: null }, "timeoutMs"],
];

describe("the last argument of a call", () => {
  let server: ScriptedServer;
  let slow: ScriptedServer;
  let http: HttpBackground;
  let call: Untyped;
  before(async () => {
    server = await startScriptedServer();
    slow = await startScriptedServer([], { otherwise: { delay_ms: 60_000 } });
    http = await createHttpBackground({ threads: [{ id: "t", max_host: 1 }] });
    call = http.http_background as Untyped;
  });
  after(async () => {
    await http.destroy();
    await server.close();
    await slow.close();
  });

  for (const [settings, option] of REFUSED) {
    it(`is refused, with the name of what is wrong: ${option}, ${String(settings)}`, async () => {
      await assert.rejects(call("t", server.base, {}, undefined, settings), { code: "BAD_ARGUMENT", option });
    });
  }

  for (const timeoutMs of [undefined, 0, -0, 60_000, 1e300, Number.POSITIVE_INFINITY]) {
    it(`does not end a call that is in time: ${timeoutMs} ms`, async () => {
      const { status } = await call("t", server.base, { timeout: 60 }, undefined, { timeoutMs });
      assert.equal(status, 200);
    });
  }

  it("limits the whole call in milliseconds, the wait for a connection included; the smaller limit holds", async () => {
    const started = performance.now();
    const calls = [
      call("t", slow.base, { timeout: 1000 }, undefined, { timeoutMs: 50.5 }),
      call("t", slow.base, {}, undefined, { timeoutMs: 0.5 }),
      call("t", slow.base, { timeout: 1 }, undefined, { timeoutMs: 1e6 }),
    ];
    for (const calling of calls) assert.equal((await calling).code, "OPERATION_TIMEDOUT");
    const tookMs = performance.now() - started;
    assert.ok(tookMs >= 1000 && tookMs < 20_000, String(tookMs));
  });

  it("never ends a call too early", async () => {
    for (const timeoutMs of [10.9, 20.5]) {
      const started = performance.now();
      assert.equal((await call("t", slow.base, {}, undefined, { timeoutMs })).code, "OPERATION_TIMEDOUT");
      // Timers of Node count whole milliseconds, from the turn in which they are set.
      assert.ok(performance.now() - started >= timeoutMs - 1);
    }
  });
});
