import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import {
  createScriptRuntime,
  type RunOptions,
  type Script,
  type ScriptRuntime,
} from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript, call, echo } from "../support/script-wat.ts";
import { variant } from "../support/variant.ts";

const WAITS = `(func (export "main") ${echo("text")} (call $echo_record ${call("args")}) ${echo("text")})
  (func (export "twice") (call $echo_record ${call("args")}) (call $echo_record ${call("args")}))
  (func (export "sends")
    (drop (call $resource (i32.const 1) (global.get $name) (global.get $name_len)))
    (drop ${call("upload")}))`;

/** Ways to end a run that waits, and the error with which it rejects. */
const CUTS: [how: string, cut: () => { options: RunOptions; end(): void }, reason: object][] = [
  [
    "is out of time",
    () => ({ options: { timeout: 1 }, end() {} }),
    { code: "TIME_LIMIT", message: /more than 1 seconds \(limits\.timeout\)/ },
  ],
  [
    "is cancelled",
    () => {
      const controller = new AbortController();
      return { options: { signal: controller.signal }, end: () => controller.abort() };
    },
    { name: "AbortError" },
  ],
];

describe("a run that is ended while it waits", () => {
  let gate: GateServer;
  let http: HttpBackground;
  let runtime: ScriptRuntime;
  let script: Script;
  beforeEach(async () => {
    gate = await GateServer.start();
    http = await createHttpBackground({ threads: [{ id: "default", max_total: 1 }] });
    runtime = createScriptRuntime({
      workers: variant.workers,
      http,
      allow: [gate.base],
      limits: { concurrentRuns: 2 },
    });
    script = await load({});
  });
  afterEach(async () => {
    await runtime.destroy();
    await http.destroy();
    await gate.close();
  });

  const load = (options: object): Promise<Script> => {
    const upload = uploadArgs(gate.base);
    const data = { text: "x", name: "file", args: ["default", `${gate.base}/`, options], upload };
    return runtime.load(assembleScript({ body: WAITS, data }));
  };
  const counts = () => {
    const { queued, active, completed, failed } = http.stats().default ?? {};
    return { queued, active, calls: Number(completed) + Number(failed) };
  };

  for (const [how, cut, reason] of CUTS) {
    it(`gives back its connection, its place in the queue and its place among the runs: it ${how}`, async () => {
      const { options, end } = cut();
      const holding = script.run("main", options);
      const queued = script.run("main", options);
      const inLine = script.run("main", options);
      await gate.holds(1);
      while (counts().queued === 0) await setImmediate();
      assert.deepEqual(counts(), { queued: 1, active: 1, calls: 0 });
      const ended = Promise.allSettled([holding, queued, inLine]);
      end();
      await ended;
      for (const run of [holding, queued, inLine]) await assert.rejects(run, reason);
      await gate.holds(0);
      const { calls, ...left } = counts();
      assert.deepEqual(left, { queued: 0, active: 0 });
      // The end of one run lets another one start, if that has not ended too.
      assert.ok(calls === 2 || (how === "is out of time" && calls === 3), String(calls));
      // A request of a run that has ended may still arrive.
      gate.stayOpen();
      assert.match((await script.run()).output, /^x.*status.*x$/s);
    });

    it(`lets go of the stream that it sends: it ${how}`, async () => {
      const { options, end } = cut();
      const stream = new Readable({ read() {} });
      stream.push("a part");
      const run = script.run("sends", { ...options, files: { file: stream } });
      await gate.holds(1);
      const ended = failureOf(run);
      end();
      await ended;
      await assert.rejects(run, reason);
      await gate.holds(0);
      assert.ok(stream.destroyed);
    });
  }

  it("does not let in another by its end that ends with it", async () => {
    const runs = [1, 2, 3, 4, 5].map(() => failureOf(script.run()));
    await gate.holds(1);
    await runtime.destroy();
    for (const run of runs) assert.equal((await run).code, "CLOSED");
    // The two that were let in; the second may not have come to its call.
    assert.ok(counts().calls <= 2, String(counts().calls));
  });

  it("has put out what it had until then, and nothing afterwards", async () => {
    const error = await failureOf(script.run("main", { timeout: 1 }));
    gate.open();
    await gate.holds(0);
    assert.equal(error.output, "x");
  });

  it("goes on if it was its own timeout that passed, for as long as the run has", async () => {
    const patient = await load({ timeout: 1 });
    const startedAt = performance.now();
    const error = await failureOf(patient.run("twice", { timeout: 1.8 }));
    const took = performance.now() - startedAt;
    assert.equal(error.code, "TIME_LIMIT");
    assert.match(error.output, /OPERATION_TIMEDOUT/);
    assert.ok(took >= 1790 && took < 10_000, String(took));
  });

  it("is not the run whose timeout is longer than its call's", async () => {
    const { output } = await (await load({ timeout: 1 })).run("main", { timeout: 60 });
    assert.match(output, /^x.*Timeout was reached.*OPERATION_TIMEDOUT.*x$/s);
  });
});

/** A call whose post is a File with handle 0, of unknown size. */
function uploadArgs(base: string): Buffer {
  const text = (value: string): Buffer =>
    Buffer.concat([Buffer.from([0xd9, value.length]), Buffer.from(value)]);
  const file = Buffer.from([0xc7, 12, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0xbf]);
  return Buffer.concat([Buffer.from([0x94]), text("default"), text(base), Buffer.from([0x80]), file]);
}
