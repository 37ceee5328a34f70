import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, type TestContext } from "node:test";
import { MessagePort } from "node:worker_threads";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime, type Script, type ScriptRuntime } from "../../host/script/index.ts";
import type { Order } from "../../host/script/steps/script.ts";
import { WorkerPool } from "../../host/script/workers/worker-pool.ts";
import { GateServer } from "../support/gate-server.ts";
import { MEMORY_ATTACKS, type MemoryAttack, playMemoryAttack } from "../support/memory-attacks.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript, call } from "../support/script-wat.ts";

const MIB = 1 << 20;

type OnStep = Parameters<WorkerPool["onStep"]>;

describe("the memory of a runtime", () => {
  let gate: GateServer;
  let http: HttpBackground;
  beforeEach(async () => {
    gate = await GateServer.start();
    http = await createHttpBackground({ threads: [{ id: "default" }] });
  });
  afterEach(async () => {
    await http.destroy();
    await gate.close();
  });

  const open = (memory: number, workers: number, limits = {}): ScriptRuntime =>
    createScriptRuntime({
      http,
      allow: [gate.base],
      memory,
      workers,
      limits: { memoryPages: 128, ...limits },
    });

  /** A script that holds some mebibytes while it waits. */
  const holder = (runtime: ScriptRuntime, mebibytes: number): Promise<Script> => {
    const fill = `(memory.fill (i32.const ${MIB}) (i32.const 1) (i32.const ${mebibytes * MIB}))`;
    const body = `(func (export "main") ${fill} (drop ${call("args")}))`;
    return runtime.load(
      assembleScript({ body, pages: 16 * (mebibytes + 1), data: { args: ["default", gate.base] } }),
    );
  };

  for (const workers of [0, 1]) {
    it(`new runs wait until there is room, and none is lost (${workers} workers)`, async () => {
      await using runtime = open(11 * MIB, workers);
      const script = await holder(runtime, 2);
      const first = script.run();
      await gate.holds(1);
      const runs = Array.from({ length: 9 }, () => script.run());
      await gate.holds(5);
      const { queued, running, memoryBytes, memoryLimit } = runtime.stats();
      assert.deepEqual([queued, running, memoryLimit], [5, 5, 11 * MIB]);
      assert.ok(memoryBytes > 8 * MIB && memoryBytes <= 11 * MIB, String(memoryBytes));
      gate.stayOpen();
      await Promise.all([first, ...runs]);
      assert.equal(runtime.stats().queued, 0);
    });

    it(`the script that holds most loses a run, not one that holds little (${workers} workers)`, async () => {
      await using runtime = open(10 * MIB, workers);
      const [greedy, modest] = [await holder(runtime, 3), await holder(runtime, 1)];
      const honest = [modest.run(), modest.run()];
      await gate.holds(2);
      const codes: Promise<string>[] = [];
      // No more than are expected to fit when nobody knows the script yet.
      for (let i = 0; i < 8; i++) {
        codes.push(
          greedy.run().then(
            () => "ended",
            ({ code }) => code,
          ),
        );
      }
      assert.equal(await Promise.race(codes), "MEMORY_LIMIT");
      const more = modest.run();
      gate.stayOpen();
      await Promise.all([...honest, more]);
      for (const code of await Promise.all(codes)) assert.match(code, /^MEMORY_LIMIT$|^ended$/);
    });
  }

  it("the line of those who wait for memory has its limit", async () => {
    await using runtime = open(3 * MIB, 1, { queuedRuns: 1 });
    const script = await holder(runtime, 2);
    const run = script.run();
    await gate.holds(1);
    const queued = script.run();
    assert.equal((await failureOf(script.run())).code, "QUEUE_LIMIT");
    gate.stayOpen();
    await Promise.all([run, queued]);
  });

  it("a script may begin though another one holds everything, and its line does not wait behind the other's", async () => {
    await using runtime = open(10 * MIB, 1);
    const [greedy, modest] = [await holder(runtime, 6), await holder(runtime, 1)];
    const held = greedy.run();
    await gate.holds(1);
    const waiting = greedy.run();
    const honest = modest.run();
    await gate.holds(2);
    assert.equal(runtime.stats().queued, 1);
    gate.stayOpen();
    await Promise.all([held, waiting, honest]);
  });

  it("a run may hold more than all: then it is the one that is lost", async () => {
    await using runtime = open(2 * MIB, 1);
    const script = await holder(runtime, 3);
    const { code, message } = await failureOf(script.run());
    assert.deepEqual([code, /more than 2097152 bytes/.test(message)], ["MEMORY_LIMIT", true]);
    assert.ok(runtime.stats().memoryBytes < MIB);
  });

  for (const [what, object, method] of [
    ["what a run puts out", Buffer, "allocUnsafeSlow"],
    ["its result", Buffer.prototype, "toString"],
  ] as const) {
    it(`a run is ended for which nothing can be reserved any more: ${what}`, async (t: TestContext) => {
      await using runtime = open(64 * MIB, 1);
      const size = 100_000;
      const body = `(func (export "main") (call $echo (i32.const 0) (i32.const ${size})))`;
      const script = await runtime.load(assembleScript({ body }));
      const original = (object as unknown as Record<string, (...args: unknown[]) => unknown>)[method];
      let left = 1;
      t.mock.method(object as typeof Buffer, method as never, function (this: Buffer, ...args: unknown[]) {
        const bytes = method === "toString" ? this.length : Number(args[0]);
        if (bytes >= size && left-- > 0) throw new RangeError("Array buffer allocation failed");
        return original?.apply(this, args);
      });
      assert.equal((await failureOf(script.run())).code, "MEMORY_LIMIT");
      assert.equal((await script.run()).output.length, size);
    });
  }

  it("a worker sends no more than 32 MiB of guests before it is told that they were counted", async (t) => {
    await using runtime = open(256 * MIB, 1);
    const script = await holder(runtime, 7);
    /** Bytes of guests between two such messages. */
    const counted = [0];
    const { onStep } = WorkerPool.prototype;
    t.mock.method(WorkerPool.prototype, "onStep", function (this: WorkerPool, ...step: OnStep) {
      const { outcome } = step[1];
      if ("parked" in outcome) counted.push((counted.pop() as number) + outcome.parked.bytes.length);
      onStep.apply(this, step);
    });
    const { postMessage } = MessagePort.prototype;
    t.mock.method(MessagePort.prototype, "postMessage", function (this: MessagePort, order: Order, list: []) {
      if (order.isSeen) counted.push(0);
      postMessage.call(this, order, list);
    });
    const runs = Array.from({ length: 12 }, () => script.run());
    await gate.holds(12);
    assert.ok(counted.length > 2, String(counted));
    assert.ok(Math.max(...counted) < 40 * MIB, String(counted));
    gate.stayOpen();
    await Promise.all(runs);
  });

  it("what the threads need counts beyond 96 MiB, for guests of the largest size, and at most half of it does", async () => {
    const counted = async (memory: number, workers: number, memoryPages: number): Promise<number> => {
      await using runtime = open(memory, workers, { memoryPages });
      return runtime.stats().memoryBytes / MIB;
    };
    assert.equal(await counted(1024 * MIB, 1, 128), 0);
    assert.equal(await counted(1024 * MIB, 1, 256), 96);
    assert.equal(await counted(1024 * MIB, 2, 256), 288);
    assert.equal(await counted(200 * MIB, 2, 256), 100);
  });

  it("is a number of bytes from 1 MiB on", async () => {
    await open(MIB, 0).close();
    for (const memory of [
      MIB - 1,
      0,
      -1,
      1.5 * MIB + 0.5,
      Number.POSITIVE_INFINITY,
      Number.NaN,
      "64 MiB",
      null,
    ]) {
      const make = (): ScriptRuntime => open(memory as number, 0);
      assert.throws(make, { code: "BAD_CONFIG", option: "memory" }, String(memory));
    }
  });
});

describe("a process whose scripts try to hold more memory than a runtime has", () => {
  it("needs no more than that and 64 MiB, and no honest run is lost", async () => {
    const [attack] = MEMORY_ATTACKS;
    const { mebibytes, ends, wronged } = await playMemoryAttack(attack as MemoryAttack, {
      workers: 1,
      memory: 128,
      runs: 12,
    });
    assert.ok(mebibytes <= 128 + 64, `${mebibytes} MiB`);
    assert.ok((ends.MEMORY_LIMIT ?? 0) > 0, JSON.stringify(ends));
    assert.equal(wronged, 0);
  });
});
