import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime } from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript, call } from "../support/script-wat.ts";

const NOTHING = { queued: 0, running: 0, waiting: 0, parkedBytes: 0 };

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
      const options = { http, workers, allow: [gate.base], limits: { concurrentRuns: 2 } };
      await using runtime = createScriptRuntime(options);
      assert.deepEqual(runtime.stats(), { ...NOTHING, workers: 0 });
      const script = await runtime.load(wasm);
      const controller = new AbortController();
      const aborted = failureOf(script.run("main", { signal: controller.signal }));
      const runs = [1, 2].map(() => script.run());
      const { waiting, ...begun } = runtime.stats();
      assert.deepEqual([waiting, begun], [0, { queued: 1, running: 2, parkedBytes: 0, workers }]);
      await gate.holds(2);
      const { parkedBytes, ...held } = runtime.stats();
      assert.deepEqual(held, { queued: 1, running: 2, waiting: 2, workers });
      assert.ok(parkedBytes > 0);
      controller.abort();
      const later = runtime.stats();
      assert.deepEqual(later, { ...held, queued: 0, waiting: 1, parkedBytes: parkedBytes / 2 });
      gate.stayOpen();
      await Promise.all([aborted, ...runs]);
      assert.deepEqual(runtime.stats(), { ...NOTHING, workers });
    });
  }
});
