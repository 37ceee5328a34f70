import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { MessagePort, type Worker } from "node:worker_threads";
import { Output } from "../../../host/script/compute/output.ts";
import type { RunResult, Script, ScriptError } from "../../../host/script/index.ts";
import type { Order } from "../../../host/script/steps/script.ts";
import { failureOf } from "../../support/script-runtime.ts";
import { WorkerWorld } from "../../support/worker-world.ts";

let the: WorkerWorld;
before(async () => {
  the = await WorkerWorld.create();
});
after(() => the.close());

const MIB = 1 << 20;

/** Runs that begin again elsewhere may take long on a machine that is busy. */
const PATIENT = { timeout: 600 };

const asks = (script: Script, count: number, entry?: "fragile"): Promise<RunResult>[] =>
  Array.from({ length: count }, () => the.ask(script, entry));

async function assertAllRight(runs: readonly Promise<RunResult>[]): Promise<void> {
  for (const { output } of await Promise.all(runs)) assert.equal(output, "okok");
}

/** All runs end right, but those in which two workers have died. @returns How many of them */
async function assertGoOn(runs: readonly Promise<RunResult>[]): Promise<number> {
  let unlucky = 0;
  for (const run of await Promise.allSettled(runs)) {
    if (run.status === "fulfilled") {
      assert.equal(run.value.output, "okok");
    } else {
      unlucky++;
      assert.match((run.reason as ScriptError).message, /died, twice$/);
    }
  }
  assert.deepEqual(the.repeated(), []);
  return unlucky;
}

/** Ways to end a worker, and what the run is told that did it. */
const ENDINGS: readonly (readonly [entry: string, code: RegExp])[] = [
  ["blind", /^COMPUTE_LIMIT$/],
  ["leave", /^SCRIPT_TRAPPED$/],
  // The heap may need longer to be full than a worker may be silent.
  ["hoard", /^MEMORY_LIMIT$|^COMPUTE_LIMIT$/],
];

for (const workers of [1, 2]) {
  describe(`with ${workers} script workers`, () => {
    for (const [entry, code] of ENDINGS) {
      it(`a run that ends its worker (${entry}) ends alone, and the worker is replaced`, async () => {
        const runtime = the.runtime(workers, PATIENT);
        const [own, other] = [await the.load(runtime), await the.load(runtime)];
        await assertAllRight(asks(own, 10));
        const before = the.started.length;
        const early = [...asks(own, 100), ...asks(other, 100)];
        const failure = failureOf(own.run(entry));
        const late = [...asks(own, 100), ...asks(other, 100)];
        assert.match((await failure).code, code);
        await assertAllRight([...early, ...late]);
        // A worker is made when there is work for it.
        await assertAllRight(asks(own, 20));
        assert.deepEqual(the.repeated(), []);
        assert.ok(the.started.length >= before + 1, "it was replaced");
        await runtime.destroy();
      });
    }

    it("runs go on whose workers die after they have computed, and before they can tell", async () => {
      const runtime = the.runtime(workers, PATIENT);
      const script = await the.load(runtime);
      const before = the.started.length;
      const unlucky = await assertGoOn(asks(script, 500, "fragile"));
      assert.ok(unlucky <= (the.started.length - before) / 2);
      await runtime.destroy();
    });

    it("runs go on whose workers are ended at any time", async () => {
      const runtime = the.runtime(workers, PATIENT);
      const script = await the.load(runtime);
      let ended = 0;
      const killed = new Set<Worker>();
      const onEnd = (): void => {
        // Until the next one, most workers come to their start and to some steps.
        if (++ended % 40 !== 0) return;
        for (const worker of the.started.slice(-1 - ((ended / 40) % workers))) {
          if (killed.has(worker)) continue;
          killed.add(worker);
          void worker.terminate();
        }
      };
      const unlucky = await assertGoOn(asks(script, 1200).map((run) => run.finally(onEnd)));
      // On a busy machine, nearly all runs may end before the worker does that was ended meanwhile.
      assert.ok(killed.size > 0 && unlucky <= killed.size / 2, `${unlucky} unlucky, ${killed.size} killed`);
      await runtime.destroy();
    });
  });
}

describe("a script worker", () => {
  it("goes on when there is no memory for one run, which ends alone", async () => {
    const runtime = the.runtime(1);
    const script = await the.load(runtime);
    const before = the.started.length;
    const early = asks(script, 20);
    const failures = ["starve", "mute", "starve"].map((entry) => failureOf(script.run(entry)));
    await assertAllRight([...early, ...asks(script, 20)]);
    for (const { code } of await Promise.all(failures)) assert.equal(code, "MEMORY_LIMIT");
    assert.equal(the.started.length, before);
    await runtime.destroy();
  });

  it("is sent a mebibyte of steps ahead, and all runs end", async (t) => {
    const runtime = the.runtime(1);
    const script = await the.load(runtime);
    // Longer ones would be in pages.
    const size = 60_000;
    const sent: number[] = [];
    const { postMessage } = MessagePort.prototype;
    t.mock.method(MessagePort.prototype, "postMessage", function (this: MessagePort, ...args: [Order, []]) {
      sent.push(args[0].bytes.length);
      postMessage.apply(this, args);
    });
    await Promise.all(Array.from({ length: 40 }, () => script.run("brief", { args: ["x".repeat(size)] })));
    const most = Math.max(...sent);
    assert.ok(most >= MIB && most < MIB + 1.01 * size, `${sent}`);
    await runtime.destroy();
  });

  it("sends many ends at once, and an error in the books of one run is that run's alone", async (t) => {
    const runtime = the.runtime(1);
    const script = await the.load(runtime);
    const { append } = Output.prototype;
    let calls = 0;
    t.mock.method(Output.prototype, "append", function (this: Output, bytes: Uint8Array) {
      if (++calls === 3) throw new TypeError("a mistake");
      append.call(this, bytes);
    });
    const ended = await Promise.allSettled(asks(script, 20));
    const failed = ended.filter(({ status }) => status === "rejected");
    assert.deepEqual(
      failed.map((run) => String((run as PromiseRejectedResult).reason)),
      ["TypeError: a mistake"],
    );
    await runtime.destroy();
  });

  it("a script pays for the workers that it costs: others have their turn before its next run", async () => {
    const runtime = the.runtime(1);
    const [hostile, honest] = [await the.load(runtime), await the.load(runtime)];
    const order: string[] = [];
    const runs = [
      ...Array.from({ length: 2 }, () => failureOf(hostile.run("blind")).then(() => order.push("blind"))),
      ...Array.from({ length: 10 }, () => honest.run("work").then(() => order.push("work"))),
    ];
    await Promise.all(runs);
    // The last step of the honest script may be computed again: its end can be lost with the worker.
    assert.deepEqual(order.slice(0, 10), ["blind", ...Array<string>(9).fill("work")]);
    assert.equal(order.length, 12);
    await runtime.destroy();
  });
});
