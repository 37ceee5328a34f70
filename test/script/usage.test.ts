import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Limits, RunUsage, Script } from "../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript, call } from "../support/script-wat.ts";
import { OK } from "../support/scripted-server.ts";

const PAGE = 65_536;

const grow = (pages: number): string => `(drop (memory.grow (i32.const ${pages})))`;
const COMPUTE = `(local $i i32)
  (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000000))))`;

/** The module has 4 pages at first. */
const BODY = `
  (func (export "nothing"))
  (func (export "posts") (drop ${call("post")}) (drop ${call("post")}))
  (func (export "errs") (drop ${call("mistake")}) (drop ${call("get")}))
  (func (export "grows") ${grow(3)} (drop ${call("get")}) ${grow(2)})
  (func (export "grows_and_waits") ${grow(3)} (drop ${call("get")}))
  (func (export "grows_and_traps") ${grow(5)} (unreachable))
  (func (export "starves") ${grow(5)} ${grow(50)} (unreachable))
  (func (export "computes") ${COMPUTE})
  (func (export "computes_and_traps") ${COMPUTE} (unreachable))`;

for (const workers of [0, 1]) {
  describe(`what a run has used, with ${workers} workers`, () => {
    let world: ScriptWorld;
    let data: Record<string, unknown>;
    before(async () => {
      world = await ScriptWorld.create([], { otherwise: OK });
      const { base } = world.server;
      data = {
        get: ["default", base],
        post: ["default", base, {}, "12345"],
        mistake: ["nobody", base],
      };
    });
    after(() => world.close());

    const load = (limits: Partial<Limits> = {}): Promise<Script> =>
      world.runtime({ workers, limits }).load(assembleScript({ body: BODY, data }));
    const usageOf = async (script: Script, entry: string): Promise<RunUsage> =>
      (await script.run(entry)).usage;

    it("is in the result: calls, waits and bytes", async () => {
      const script = await load();
      const { cpuMs, ...nothing } = await usageOf(script, "nothing");
      assert.ok(cpuMs > 0);
      const none = { requests: 0, waits: 0, bytesSent: 0, bytesReceived: 0, peakMemoryBytes: 4 * PAGE };
      assert.deepEqual(nothing, none);
      const { cpuMs: _, ...posts } = await usageOf(script, "posts");
      assert.deepEqual(posts, { ...none, requests: 2, waits: 2, bytesSent: 10, bytesReceived: 4 });
    });

    it("has calls that are refused, for which the run does not wait", async () => {
      const { requests, waits } = await usageOf(await load(), "errs");
      assert.deepEqual([requests, waits], [2, 1]);
    });

    it("has the largest memory, of the guest of this run alone", async () => {
      const script = await load();
      const peaks: number[] = [];
      for (const entry of ["nothing", "grows", "grows_and_waits", "nothing"])
        peaks.push((await usageOf(script, entry)).peakMemoryBytes / PAGE);
      assert.deepEqual(peaks, [4, 9, 7, 4]);
    });

    it("has what was computed", async () => {
      const script = await load();
      const startedAt = performance.now();
      const { cpuMs } = await usageOf(script, "computes");
      assert.ok(cpuMs > 2 && cpuMs <= performance.now() - startedAt, `${cpuMs} ms`);
    });

    it("is in the error, whatever the script did wrong", async () => {
      const script = await load({ memoryPages: 20 });
      const trapped = await failureOf(script.run("grows_and_traps"));
      assert.deepEqual([trapped.code, trapped.usage?.peakMemoryBytes], ["SCRIPT_TRAPPED", 9 * PAGE]);
      const starved = await failureOf(script.run("starves"));
      assert.deepEqual([starved.code, starved.usage?.peakMemoryBytes], ["MEMORY_LIMIT", 9 * PAGE]);
      const { usage } = await failureOf(script.run("computes_and_traps"));
      assert.ok((usage?.cpuMs ?? 0) > 2);
    });

    it("is in the error of a limit, with what was too much", async () => {
      const sent = await failureOf((await load({ bytesSent: 7 })).run("posts"));
      assert.deepEqual([sent.code, sent.usage?.bytesSent], ["SENT_LIMIT", 10]);
      const asked = await failureOf((await load({ requests: 1 })).run("posts"));
      assert.deepEqual([asked.code, asked.usage?.requests, asked.usage?.waits], ["REQUEST_LIMIT", 2, 1]);
    });

    it("is in no error of anything else", async () => {
      assert.equal((await failureOf((await load()).run("nowhere"))).usage, undefined);
    });
  });
}
