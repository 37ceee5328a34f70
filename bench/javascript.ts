import { readFile } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import { ScriptDoor } from "../host/door/script-door.ts";
import { Plugin } from "../host/guest/plugin.ts";
import type { Network } from "../host/network/network.ts";
import { PLUGIN_WASM } from "../host/plugin-wasm.ts";
import type { Script, ScriptRuntime } from "../host/script/index.ts";
import { createRuntimeAt } from "../host/script/runtime.ts";
import { BareEngine } from "./bare-engine.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { NetworkDouble } from "./network-double.ts";

const IMPORT = 'import { args, echo, http_background } from "http-background/guest";\n';

/** Two calls, one after the other. */
const WAITS = `${IMPORT}export default async () => {
  const [url] = args();
  const first = await http_background("default", url + "/1");
  const second = await http_background("default", url + "/2");
  return first.content + " " + second.content;
};`;

/** What is compared with the bare engine, several times in one run: each takes some ten milliseconds. */
const WORK: Readonly<Record<string, string>> = {
  "fib(25)": "const f = (n) => (n < 2 ? n : f(n - 1) + f(n - 2)); f(25);",
  "JSON of 3,000 objects":
    "JSON.parse(JSON.stringify(Array.from({ length: 3000 }, (_, i) => ({ i, name: 'n' + i, list: [i, i] }))));",
  "20,000 regular expressions": "for (let i = 0; i < 20_000; i++) /^(\\w+)-(\\d+)$/.exec('name-' + i);",
  "sort of 30,000": "Array.from({ length: 30_000 }, (_, i) => (i * 7919) % 30_011).sort((a, b) => a - b);",
};
const ROUNDS = 5;
/** On Node 20, the CPU time of a thread is exact to 4 ms only. */
const TIMES = 20;

const COUNTS = [1000, 100_000];
const MOST_SCRIPTS = 10_000;
const LIMITS = { concurrentRuns: 100_000, timeout: 3600, computeMs: 10_000 };

/** Scripts in JavaScript: runs that wait, scripts that are loaded, and computing. */
export const javascript: Benchmark = {
  name: "javascript",
  about:
    "scripts in JavaScript: many that wait at the same time, many that are loaded, and the engine in a worker against the bare engine",
  async run() {
    const double = new NetworkDouble();
    const plugin = await Plugin.load(await readFile(PLUGIN_WASM), { hasThread: () => true, answerTo: fail });
    const door = new ScriptDoor(plugin, double as unknown as Network);
    await using runtime = createRuntimeAt(door, {
      allow: ["http://*:*"],
      limits: LIMITS,
      workers: 1,
      memory: 2 ** 32,
    });
    const startedAt = performance.now();
    const script = await runtime.compile({ name: "waits.js", source: WAITS });
    const first: Row = {
      what: "the first script of a runtime",
      value: performance.now() - startedAt,
      unit: "ms",
    };
    await measureWaiting(script, runtime, double, 200);
    const rows: Row[] = [first];
    for (const count of COUNTS) rows.push(...(await measureWaiting(script, runtime, double, count)));
    return [...rows, ...(await measureScripts(runtime)), ...(await measureWork(runtime))];
  },
};

function fail(): never {
  throw new Error("a call failed");
}

async function measureWaiting(
  script: Script,
  runtime: ScriptRuntime,
  double: NetworkDouble,
  count: number,
): Promise<Row[]> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const runs = Array.from({ length: count }, (_, i) => script.run("default", { args: [`http://host/${i}`] }));
  while (double.waiting.length < count) await turn();
  globalThis.gc?.();
  const resident = (process.memoryUsage.rss() - before) / 1024 / count;
  const parked = runtime.stats().parkedBytes / 1024 / count;
  let isOver = false;
  const ends = Promise.all(runs).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    double.answerAll();
    await turn();
  }
  const results = await ends;
  const right = results.filter(({ result }, i) => result === `http://host/${i}/1 http://host/${i}/2`).length;
  // Three steps: to each of two calls, and to the end.
  const step = results.reduce((total, { usage }) => total + usage.cpuMs, 0) / count / 3;
  const what = `${count.toLocaleString("en")} runs`;
  return [
    { what: `${what}, right`, value: right, unit: "", target: { least: count } },
    { what: `${what}, parked bytes of each`, value: parked, unit: "KiB", target: { most: 4 } },
    { what: `${what}, memory of each`, value: resident, unit: "KiB" },
    { what: `${what}, CPU of each step`, value: step * 1000, unit: "µs" },
  ];
}

/** Scripts of 1 kB that are all different. */
async function measureScripts(runtime: ScriptRuntime): Promise<Row[]> {
  const before = runtime.stats().memoryBytes;
  const startedAt = performance.now();
  const scripts: Script[] = [];
  for (let i = 0; i < MOST_SCRIPTS; i++) {
    const own = `${IMPORT}const own = ${i};\nexport default () => own;\n`;
    const source = `${own}export const text = "${"x".repeat(1000 - own.length - 24)}";\n`;
    scripts.push(await runtime.compile({ name: `${i}.js`, source }));
  }
  const ms = (performance.now() - startedAt) / MOST_SCRIPTS;
  const size = (runtime.stats().memoryBytes - before) / 1024 / MOST_SCRIPTS;
  let right = 0;
  for (let i = 0; i < MOST_SCRIPTS; i += 100) if ((await scripts[i]?.run())?.result === i) right++;
  const what = `${MOST_SCRIPTS.toLocaleString("en")} scripts of 1 kB`;
  return [
    { what: `${what}, memory of each`, value: size, unit: "KiB", target: { most: 32 } },
    { what: `${what}, time to load one`, value: ms, unit: "ms" },
    { what: `${what}, of 100 that were run, right`, value: right, unit: "", target: { least: 100 } },
  ];
}

async function measureWork(runtime: ScriptRuntime): Promise<Row[]> {
  const bare = await BareEngine.start();
  const rows: Row[] = [];
  for (const [what, once] of Object.entries(WORK)) {
    const code = `for (let times = 0; times < ${TIMES}; times++) { ${once} }`;
    const source = `export default () => { ${code} }`;
    const script = await runtime.compile({ name: "work.js", source });
    let [own, reference] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    // The best of some rounds: others use the machine, too.
    for (let round = 0; round < ROUNDS; round++) {
      own = Math.min(own, (await script.run()).usage.cpuMs);
      reference = Math.min(reference, bare.measure(code));
    }
    rows.push({
      what: `${what}, of the bare engine`,
      value: own / reference,
      unit: "times",
      target: { most: 1.1 },
    });
  }
  return rows;
}
