import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { moduleUrl } from "../../../host/package-root.ts";
import { failureOf } from "../../support/script-runtime.ts";
import { WorkerWorld } from "../../support/worker-world.ts";

const BROKEN = new URL("../../support/broken-worker.js", import.meta.url);
const IDLE_PROCESS = new URL("../../support/idle-process.js", import.meta.url);

/** More than any test takes. */
const LONG = { computeMs: 600_000, cpuMs: 600_000, timeout: 600 };

let the: WorkerWorld;
before(async () => {
  the = await WorkerWorld.create();
});
after(() => the.close());

describe("a pool of script workers", () => {
  it("uses the room that aborted runs leave", async () => {
    const runtime = the.runtime(1, LONG);
    const script = await the.load(runtime);
    const controller = new AbortController();
    const aborted = Array.from({ length: 64 }, () =>
      failureOf(script.run("brief", { signal: controller.signal })),
    );
    const others = Array.from({ length: 10 }, () => script.run("brief"));
    controller.abort();
    for (const error of await Promise.all(aborted)) assert.equal(error, controller.signal.reason);
    await Promise.all(others);
    await runtime.destroy();
  });

  it("ends runs for which no worker can start, and blames nobody else", async () => {
    const runtime = the.runtime(1, LONG, BROKEN);
    const script = await the.load(runtime);
    const runs = Array.from({ length: 10 }, () => failureOf(script.run("brief")));
    for (const { code, message } of await Promise.all(runs)) {
      assert.deepEqual(
        [code, message],
        ["SCRIPT_TRAPPED", "the script was not computed: no script worker could start"],
      );
    }
    await runtime.destroy();
  });

  it("gives no script of a runtime that was closed while it was loaded", async () => {
    const runtime = the.runtime(1, LONG);
    const loading = failureOf(the.load(runtime));
    await runtime.destroy();
    assert.equal((await loading).code, "CLOSED");
  });
});

describe("while a step computes in the only script worker", () => {
  it("an abort ends the run at once, and the worker is free for others", async () => {
    const runtime = the.runtime(1, LONG);
    const script = await the.load(runtime);
    const workers = the.started.length;
    const entered = the.entered("spin");
    const controllers = [new AbortController(), new AbortController()];
    const [first, second] = controllers.map(({ signal }) => failureOf(script.run("spin", { signal })));
    await entered;
    const reasons = [new Error("first"), new Error("second")];
    controllers[0]?.abort(reasons[0]);
    assert.equal(await first, reasons[0]);
    controllers[1]?.abort(reasons[1]);
    assert.equal(await second, reasons[1]);
    assert.equal((await the.ask(script)).output, "okok");
    assert.equal(the.started.length, workers, "the same worker");
    await runtime.destroy();
  });

  it("one signal ends runs that compute, have computed, and wait", async () => {
    const runtime = the.runtime(1, LONG);
    const script = await the.load(runtime);
    const controller = new AbortController();
    const { signal } = controller;
    const entered = the.entered("spin");
    const entries = ["brief", "brief", "spin", "brief", "spin"];
    const runs = entries.map((entry) =>
      script.run(entry, { signal }).then(
        () => "ended",
        () => "aborted",
      ),
    );
    await entered;
    controller.abort();
    assert.deepEqual((await Promise.all(runs)).slice(2), ["aborted", "aborted", "aborted"]);
    assert.equal((await the.ask(script)).output, "okok");
    await runtime.destroy();
  });

  it("a timeout ends the run at once, and the worker is free for others", async () => {
    const runtime = the.runtime(1, LONG);
    const script = await the.load(runtime);
    const failure = await failureOf(script.run("spin", { timeout: 0.05 }));
    assert.equal(failure.code, "TIME_LIMIT");
    assert.equal((await the.ask(script)).output, "okok");
    await runtime.destroy();
  });

  it("a run that the meter does not see ends at once for its caller, and others go on when it is found out", async () => {
    const runtime = the.runtime(1, LONG);
    const script = await the.load(runtime);
    const entered = the.entered("blind");
    const controller = new AbortController();
    const blind = failureOf(script.run("blind", { signal: controller.signal }));
    await entered;
    const other = the.ask(script);
    controller.abort(new Error("enough"));
    assert.equal((await blind).message, "enough");
    assert.equal((await other).output, "okok");
    await runtime.destroy();
  });

  it("runs that have ended before it do not wait for it", async () => {
    const runtime = the.runtime(1, LONG);
    const script = await the.load(runtime);
    await script.run("brief");
    const controller = new AbortController();
    const briefs = Array.from({ length: 20 }, () => script.run("brief"));
    const spin = failureOf(script.run("spin", { signal: controller.signal }));
    await Promise.all(briefs);
    controller.abort();
    await spin;
    await runtime.destroy();
  });

  for (const entry of ["spin", "blind"]) {
    it(`destroy ends the run and the worker (${entry})`, async () => {
      const runtime = the.runtime(1, LONG);
      const script = await the.load(runtime);
      const entered = the.entered(entry);
      const failures = [failureOf(script.run(entry)), failureOf(script.run(entry))];
      await entered;
      const exits = the.started.slice(-1).map((worker) => once(worker, "exit"));
      await runtime.destroy();
      assert.deepEqual(
        (await Promise.all(failures)).map(({ code }) => code),
        ["CLOSED", "CLOSED"],
      );
      await Promise.all(exits);
      await assert.rejects(script.run("brief"), { code: "CLOSED" });
    });
  }

  it("an application that is late itself does not take the worker for silent", async () => {
    const runtime = the.runtime(1, LONG);
    const script = await the.load(runtime);
    const workers = the.started.length;
    const entered = the.entered("blind");
    const controller = new AbortController();
    let isOver = false;
    const blind = failureOf(script.run("blind", { signal: controller.signal })).finally(() => {
      isOver = true;
    });
    await entered;
    for (const until = performance.now() + 3000; performance.now() < until; );
    // The watchdog looks some times.
    await delay(100);
    assert.equal(isOver, false);
    controller.abort(new Error("enough"));
    assert.equal((await blind).message, "enough");
    assert.equal(the.started.length, workers);
    await runtime.destroy();
  });
});

describe("a process with script workers", () => {
  it("ends by itself when nothing runs", async () => {
    const path = fileURLToPath(moduleUrl(IDLE_PROCESS));
    // It would be killed after the timeout, and then this rejects.
    const { stdout } = await promisify(execFile)(process.execPath, [path], { timeout: 50_000 });
    assert.equal(stdout, "done\n");
  });
});
