import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { GivenLimits } from "../../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../../support/script-runtime.ts";

const SLEEP = "const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));\n";

describe("timers and promises of scripts in JavaScript, by the thousand", () => {
  let the: ScriptWorld;

  before(async () => {
    the = await ScriptWorld.create();
  });
  after(() => the.close());

  const run = async (body: string, limits: GivenLimits = {}) => {
    const source = `${SLEEP}export default async () => { ${body} };`;
    const script = await the
      .runtime({ limits: { timeout: 600, ...limits } })
      .compile({ name: "timers.js", source });
    return script.run();
  };

  it("are as many at a time as concurrentTimers, and one more ends the run", async () => {
    const waitWith = (count: number) =>
      `for (let i = 0; i < ${count - 1}; i++) setTimeout(() => {}, 1e6); await sleep(1); return "waited"`;
    assert.equal((await run(waitWith(3), { concurrentTimers: 3 })).result, "waited");
    const failure = await failureOf(run(waitWith(4), { concurrentTimers: 3 }));
    assert.equal(failure.code, "TIMER_LIMIT");
    assert.match(failure.message, /more than 3 timers at the same time \(limits\.concurrentTimers\)$/);
  });

  it("count together with those of earlier steps", async () => {
    const body = "for (let i = 0; i < 4; i++) { setTimeout(() => {}, 1e6); await sleep(1); } return 'waited'";
    assert.equal((await run(body, { concurrentTimers: 5 })).result, "waited");
    assert.equal((await failureOf(run(body, { concurrentTimers: 4 }))).code, "TIMER_LIMIT");
  });

  it("do not count when they have fired, or were cleared", async () => {
    const body = `for (let i = 0; i < 20; i++) { clearTimeout(setTimeout(() => {}, 1e6)); await sleep(0); }
      let fired = 0;
      const intervals = [1, 2].map(() => setInterval(() => fired++, 0));
      while (fired < 20) await sleep(0);
      intervals.forEach(clearInterval);
      return "done"`;
    assert.equal((await run(body, { concurrentTimers: 3, concurrentCalls: 1 })).result, "done");
  });

  it("cost no keptBytes if they are cleared before the script waits", async () => {
    const body =
      "for (let i = 0; i < 5000; i++) clearTimeout(setTimeout(() => {}, 1e6)); await sleep(0); return 'done'";
    assert.equal((await run(body, { keptBytes: 100_000 })).result, "done");
  });

  it("fire while the script computes, and are no calls then", async () => {
    const body = `for (let i = 0; i < 50; i++) setTimeout(() => {}, 1);
      await sleep(0);
      for (const from = Date.now(); Date.now() - from < 30; );
      await sleep(0);
      return "done"`;
    assert.equal((await run(body, { concurrentCalls: 1 })).result, "done");
  });

  it("are rejections that are handled in any order", async () => {
    const body = `const all = Array.from({ length: 20_000 }, (_, i) => Promise.reject(i));
      for (const rejected of all.reverse()) rejected.catch(() => {});
      return all.length`;
    assert.equal((await run(body, { computeMs: 60_000, cpuMs: 60_000 })).result, 20_000);
    const one = `${body.replace("return", "all[7] = Promise.reject(7); return")}`;
    assert.match(
      (await failureOf(run(one, { computeMs: 60_000, cpuMs: 60_000 }))).message,
      /unhandled rejection: 7$/,
    );
  });
});
