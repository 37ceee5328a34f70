import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, afterEach, before, describe, it } from "node:test";
import { JobFailure } from "../../../host/script/jobs/job.ts";
import { JobPool, type PoolOptions } from "../../../host/script/jobs/job-pool.ts";
import { failureOf } from "../../support/script-runtime.ts";
import { StartedWorkers } from "../../support/started-workers.ts";

const FILE = new URL("../../support/job-worker.js", import.meta.url);
const BROKEN = new URL("../../support/broken-worker.js", import.meta.url);

/** More than any test takes. */
const LONG = 600_000;

const workers = new StartedWorkers();
let open: JobPool<string, string>[] = [];
before(() => workers.watch());
after(() => workers.close());
afterEach(async () => {
  await Promise.all(open.map((pool) => pool.close()));
  open = [];
});

function poolOf(options: Partial<PoolOptions> = {}): JobPool<string, string> {
  const pool = new JobPool<string, string>({
    code: FILE,
    size: 2,
    longestMs: LONG,
    patienceMs: LONG,
    ...options,
  });
  open.push(pool);
  return pool;
}

/** The trouble of a job that fails, and its message. */
async function troubleOf(doing: Promise<unknown>): Promise<string> {
  const error: unknown = await failureOf(doing);
  assert.ok(error instanceof JobFailure, String(error));
  return `${error.trouble}: ${error.message}`;
}

describe("a pool of threads for jobs", () => {
  it("does jobs at the same time in so many threads, and keeps them for the next ones", async () => {
    const pool = poolOf({ size: 3 });
    const before = workers.started.length;
    const names = ["brief", "work", "brief", "work", "brief", "brief"];
    assert.deepEqual(await Promise.all(names.map((name) => pool.do(name))), names);
    assert.equal(await pool.do("brief"), "brief");
    assert.equal(workers.started.length - before, 3);
  });

  it("begins a job again, behind the others, that takes long while they wait", async () => {
    const pool = poolOf({ patienceMs: 100 });
    const order: string[] = [];
    const names = ["work", "work", "brief", "brief", "brief"];
    await Promise.all(names.map((name) => pool.do(name).then((done) => order.push(done))));
    assert.deepEqual(order, ["brief", "brief", "brief", "work", "work"]);
  });

  it("lets a job go on that takes long while nobody waits for its thread", async () => {
    const pool = poolOf({ patienceMs: 100 });
    const before = workers.started.length;
    await Promise.all([pool.do("work"), pool.do("work")]);
    assert.equal(workers.started.length - before, 2);
  });

  it("does new jobs among many that never end", async () => {
    const pool = poolOf({ patienceMs: 100 });
    const endless = ["spin", "spin", "spin", "spin"].map((name) => failureOf(pool.do(name)));
    for (let i = 0; i < 3; i++) assert.equal(await pool.do("brief"), "brief");
    assert.equal(await pool.do("work"), "work");
    await pool.close();
    for (const { code } of await Promise.all(endless)) assert.equal(code, "CLOSED");
  });

  it("ends a job that takes longer than it may, and no other", async () => {
    const pool = poolOf({ longestMs: 2000 });
    const trouble = troubleOf(pool.do("spin"));
    assert.equal(await pool.do("brief"), "brief");
    assert.equal(await trouble, "slow: it took more than 2 seconds");
    assert.equal(await pool.do("brief"), "brief");
  });

  const ENDINGS: readonly (readonly [job: string, trouble: RegExp])[] = [
    ["leave", /^died: it stopped with the code 7$/],
    ["throw", /^died: thrown$/],
    ["hoard", /^memory: .*memory limit/],
  ];
  for (const [job, trouble] of ENDINGS) {
    it(`fails only the job in which a thread ends (${job})`, async () => {
      const pool = poolOf({ resourceLimits: { maxOldGenerationSizeMb: 20 } });
      const failing = troubleOf(pool.do(job));
      assert.deepEqual(await Promise.all(["brief", "work", "brief"].map((name) => pool.do(name))), [
        "brief",
        "work",
        "brief",
      ]);
      assert.match(await failing, trouble);
      assert.equal(await pool.do("brief"), "brief");
    });
  }

  it("fails a job that cannot be sent, and one whose thread does not start", async () => {
    const pool = poolOf();
    assert.match(await troubleOf(pool.do((() => {}) as unknown as string)), /^died: .*could not be cloned/);
    assert.equal(await pool.do("brief"), "brief");
    assert.equal(await troubleOf(poolOf({ code: BROKEN }).do("brief")), "died: broken");
  });

  it("refuses jobs when it is closed, and all its threads have ended then", async () => {
    const pool = poolOf({ patienceMs: 100 });
    const before = workers.started.length;
    const failures = ["spin", "spin", "brief", "spin"].map((name) => pool.do(name).catch(({ code }) => code));
    await failures[2];
    await Promise.all([pool.close(), pool.close()]);
    assert.deepEqual(await Promise.all(failures), ["CLOSED", "CLOSED", "brief", "CLOSED"]);
    assert.equal((await failureOf(pool.do("brief"))).code, "CLOSED");
    for (const worker of workers.started.slice(before)) assert.equal(worker.threadId, -1);
  });

  it("goes on in the asynchronous context of whoever asks", async () => {
    const storage = new AsyncLocalStorage<string>();
    const pool = poolOf();
    const see = async (name: string) => {
      await pool.do("brief");
      return [name, storage.getStore()];
    };
    const seen = ["A", "B", "C"].map((name) => storage.run(name, () => see(name)));
    for (const [name, whose] of await Promise.all(seen)) assert.equal(whose, name);
  });
});
