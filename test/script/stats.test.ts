import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime } from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript, call } from "../support/script-wat.ts";

const MEMORY = 1 << 26;
const NOTHING = {
  queued: 0,
  running: 0,
  waiting: 0,
  parkedBytes: 0,
  cpuMs: 0,
  memoryBytes: 0,
  memoryLimit: MEMORY,
};

/** What counts for each run that has begun. */
const OF_BOOKS = 8192;

describe("the stats of a runtime", () => {
  let gate: GateServer;
  let http: HttpBackground;
  let wasm: Uint8Array;
  beforeEach(async () => {
    gate = await GateServer.start();
    http = await createHttpBackground({ threads: [{ id: "default" }] });
    const data = { get: ["default", `${gate.base}/`] };
    wasm = assembleScript({ body: `(func (export "main") (drop ${call("get")}))`, data });
  });
  afterEach(async () => {
    await http.destroy();
    await gate.close();
  });

  for (const workers of [0, 1]) {
    it(`are right at every moment, with ${workers} workers`, async () => {
      const options = {
        http,
        workers,
        memory: MEMORY,
        allow: [gate.base],
        limits: { concurrentRuns: 2, memoryPages: 64 },
      };
      await using runtime = createScriptRuntime(options);
      assert.deepEqual(runtime.stats(), { ...NOTHING, workers: 0 });
      const script = await runtime.load(wasm);
      const { memoryBytes: ofModule } = runtime.stats();
      assert.equal(ofModule, 32_768 + 6 * wasm.length);
      const controller = new AbortController();
      const aborted = failureOf(script.run("main", { signal: controller.signal }));
      const runs = [1, 2].map(() => script.run());
      assert.deepEqual(runtime.stats(), {
        ...NOTHING,
        queued: 1,
        running: 2,
        workers,
        memoryBytes: ofModule + 2 * OF_BOOKS,
      });
      await gate.holds(2);
      const held = runtime.stats();
      const { parkedBytes, memoryBytes, cpuMs } = held;
      assert.deepEqual(held, {
        ...NOTHING,
        queued: 1,
        running: 2,
        waiting: 2,
        workers,
        parkedBytes,
        cpuMs,
        memoryBytes,
      });
      assert.ok(cpuMs > 0);
      assert.ok(parkedBytes > 0 && memoryBytes >= ofModule + parkedBytes);
      controller.abort();
      const half = { parkedBytes: parkedBytes / 2, memoryBytes: (memoryBytes + ofModule) / 2 + OF_BOOKS };
      const { cpuMs: ofOne } = runtime.stats();
      assert.ok(ofOne > 0 && ofOne < cpuMs);
      assert.deepEqual(runtime.stats(), { ...held, queued: 0, waiting: 1, ...half, cpuMs: ofOne });
      gate.stayOpen();
      await Promise.all([aborted, ...runs]);
      assert.deepEqual(runtime.stats(), { ...NOTHING, workers, memoryBytes: ofModule });
    });

    it(`count the objects of calls that wait, with ${workers} workers`, async () => {
      const names = Array.from({ length: 900 }, (_, i) => `a${i}: b`);
      const options = { http, workers, memory: MEMORY, allow: [gate.base], limits: { memoryPages: 64 } };
      await using runtime = createScriptRuntime(options);
      const heldWith = async (headers: readonly string[]): Promise<number> => {
        const data = { get: ["default", `${gate.base}/`, { headers }] };
        const body = `(func (export "main") (drop ${call("get")}))`;
        const script = await runtime.load(assembleScript({ body, data }));
        const before = runtime.stats().memoryBytes;
        const controller = new AbortController();
        const aborted = failureOf(script.run("main", { signal: controller.signal }));
        while (runtime.stats().waiting === 0) await turn();
        const { memoryBytes } = runtime.stats();
        controller.abort();
        await aborted;
        return memoryBytes - before;
      };
      const [few, many] = [await heldWith([]), await heldWith(names)];
      assert.ok(few > 4096 + OF_BOOKS, `${few}`);
      assert.ok(many - few > 900 * 64, `${many - few}`);
    });
  }
});
