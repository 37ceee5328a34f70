import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { ScriptRuntime } from "../../../host/script/index.ts";
import { GateServer } from "../../support/gate-server.ts";
import { failureOf, ScriptWorld } from "../../support/script-runtime.ts";
import { StartedWorkers } from "../../support/started-workers.ts";

const IMPORT = 'import { args, echo, http_background } from "http-background/guest";\n';
/** More than a test takes. */
const LIMITS = { timeout: 600, cpuMs: 600_000 };

describe("scripts in JavaScript, and the workers that compute them", () => {
  let the: ScriptWorld;
  let gate: GateServer;
  let runtime: ScriptRuntime;
  const workers = new StartedWorkers("/script-worker.");

  before(async () => {
    workers.watch();
    the = await ScriptWorld.create();
    gate = await GateServer.start();
    runtime = the.runtime({ workers: 2, allow: [the.server.base, gate.base], limits: LIMITS });
  });
  after(async () => {
    workers.close();
    await the.close();
    await gate.close();
  });

  it("go on in other workers, with all that they had, when theirs die while they wait", async () => {
    const script = await runtime.compile({
      name: "waits.js",
      source: `${IMPORT}const shared = { count: 0 };
        export default async () => {
          const own = args()[0].repeat(100);
          const list = Array.from({ length: 2000 }, (_, i) => own + i);
          shared.count++;
          const [a, b] = await Promise.all(["a", "b"].map((name) => http_background("default", "${gate.base}/" + name)));
          return [own, list[1999], shared.count, a.content, b.content];
        }`,
    });
    const names = Array.from({ length: 10 }, (_, i) => `run ${i} `);
    const runs = names.map((name) => script.run("default", { args: [name] }));
    await gate.holds(20);
    await Promise.all(workers.started.map((worker) => worker.terminate()));
    gate.open("late");
    const results = (await Promise.all(runs)).map(({ result }) => result);
    assert.deepEqual(
      results,
      names.map((name) => [name.repeat(100), name.repeat(100) + 1999, 1, "late", "late"]),
    );
  });

  it("are ended by the watchdog in one step that nobody can interrupt, alone", async () => {
    const script = await runtime.compile({
      name: "silent.js",
      source: `${IMPORT}export const silent = () => { return [].includes.call({ length: 2 ** 53 - 1 }, 1); };
        export const waits = async () => (await http_background("default", "${gate.base}/")).content;`,
    });
    const waiting = script.run("waits");
    await gate.holds(1);
    assert.equal((await failureOf(script.run("silent"))).code, "COMPUTE_LIMIT");
    gate.open("after");
    assert.equal((await waiting).result, "after");
  });

  it("are ended by the meter while they convert long texts, and their worker goes on", async () => {
    for (const source of ["atob('A'.repeat(2e6))", "atob('A '.repeat(1e6))", "btoa('é'.repeat(2e6))"]) {
      const script = await the
        .runtime({ workers: 1, limits: { computeMs: 50 } })
        .compile({ name: "long.js", source: `export default () => { for (;;) ${source}; }` });
      const { code, usage } = await failureOf(script.run());
      assert.equal(code, "COMPUTE_LIMIT");
      // What the watchdog ends has no time of its own.
      assert.ok((usage?.cpuMs ?? 0) >= 50);
    }
  });

  it("can catch that they recurse too deeply, because a worker has more of V8's stack than the engine uses", async () => {
    const recursions = [
      "const f = () => f()",
      "const f = () => [1].map(f)",
      "const f = () => 'a'.replace('a', f)",
    ];
    for (const code of recursions) {
      const source = `export default () => { let depth = 0; ${code.replace("() => ", "() => (depth++, ")}); try { f(); } catch (error) { return [error.name, depth > 100]; } }`;
      const script = await runtime.compile({ name: "deep.js", source });
      assert.deepEqual((await script.run()).result, ["RangeError", true], code);
    }
  });

  it("are TypeScript that cannot be read, and the next ones can", async () => {
    const compile = (source: string) => runtime.compile({ name: "typed.mts", source });
    for (const source of [`const a: ${"Array<".repeat(100_000)}`, "[".repeat(30_000), "(".repeat(200_000)]) {
      assert.equal((await failureOf(compile(source))).code, "COMPILE_FAILED");
      assert.equal((await (await compile("export default (): number => 1")).run()).result, 1);
    }
  });

  it("have the entries that they have, whatever they make of the language", async () => {
    const source = `JSON.stringify = () => '{"length":1e9}'; Object.getOwnPropertyNames = () => 7;
      Array.prototype.push = null; Object.defineProperty(Array.prototype, 0, { set() { throw 1; } });
      export const run = () => 1;`;
    const script = await runtime.compile({ name: "breaks.js", source });
    assert.deepEqual(script.entries, ["run"]);
    assert.equal((await script.run("run")).result, 1);
  });

  it("have images of any size, which belong to their scripts alone", async () => {
    const large = await runtime.compile({
      name: "large.js",
      source: `${IMPORT}const list = Array.from({ length: 60_000 }, (_, i) => ({ i }));
        globalThis.secret = "of the large script";
        export default async () => {
          const { status } = await http_background("default", "${the.server.base}/");
          return [status, list.reduce((sum, { i }) => sum + i, 0)];
        }`,
    });
    const small = await runtime.compile({
      name: "small.js",
      source: "export default () => [typeof secret, typeof list]",
    });
    for (let round = 0; round < 2; round++) {
      const both = await Promise.all([large.run(), small.run(), large.run(), small.run()]);
      assert.deepEqual(
        both.map(({ result }) => result),
        [
          [200, 1_799_970_000],
          ["undefined", "undefined"],
          [200, 1_799_970_000],
          ["undefined", "undefined"],
        ],
      );
    }
  });

  it("are loaded at the same time, and are refused when the runtime is closed", async () => {
    const closing = the.runtime({ workers: 1 });
    const load = (i: number) => closing.compile({ name: `${i}.js`, source: `export default () => ${i}` });
    const scripts = await Promise.all(Array.from({ length: 20 }, (_, i) => load(i)));
    const results = await Promise.all(scripts.map(async (script) => (await script.run()).result));
    assert.deepEqual(results, Array.from(scripts.keys()));
    const late = failureOf(load(0));
    await closing.close();
    assert.equal((await late).code, "CLOSED");
  });

  it("need some pages of memory, and say so", async () => {
    const load = (memoryPages: number) =>
      the
        .runtime({ workers: 1, limits: { memoryPages } })
        .compile({ name: "a.js", source: "export default () => 1" });
    assert.equal((await (await load(48)).run()).result, 1);
    const error = await failureOf(load(47));
    assert.equal(error.code, "MEMORY_LIMIT");
    assert.match(error.message, /needs 48 pages of memory, and it may have 47/);
  });
});
