import { readFile } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import { ScriptDoor } from "../host/door/script-door.ts";
import { Plugin } from "../host/guest/plugin.ts";
import { createHttpBackground } from "../host/index.ts";
import type { Network } from "../host/network/network.ts";
import { PACKAGE_ROOT } from "../host/package-root.ts";
import { PLUGIN_WASM } from "../host/plugin-wasm.ts";
import { createScriptRuntime, type Script } from "../host/script/index.ts";
import { createRuntimeAt } from "../host/script/runtime.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { MemoryWatch } from "./memory.ts";
import { NetworkDouble } from "./network-double.ts";
import { startServer } from "./server.ts";

const SCRIPT = new URL("bench/script.ts", PACKAGE_ROOT);
const COUNTS = [100, 1000, 10_000, 100_000];
/** Number of runs with a server in another process. Each run has its own connection. */
const REAL_RUNS = 10_000;
const REAL = "http://127.0.0.1:*";
const LIMITS = { concurrentRuns: 100_000, timeout: 600 };

/** Many runs of a script that wait at the same time: the memory of each, and its CPU time from start to end. */
export const scripts: Benchmark = {
  name: "scripts",
  about:
    "suspended runs of a script that makes two calls: first with a simulated network, then with a server",
  async run() {
    // This comes first, because nothing else has used the memory of the process yet.
    const real = await measureReal();
    const double = new NetworkDouble();
    const plugin = await Plugin.load(await readFile(PLUGIN_WASM), { hasThread: () => true, answerTo: fail });
    const door = new ScriptDoor(plugin, double as unknown as Network);
    await using runtime = createRuntimeAt(door, { allow: ["http://*:*"], limits: LIMITS });
    const script = await runtime.compile(SCRIPT.pathname);
    const rows: Row[] = [];
    await measure(script, double, 1000);
    let base = 0;
    for (const count of COUNTS) {
      const { kibibytes, microseconds, right } = await measure(script, double, count);
      base ||= microseconds;
      const runs = `${count.toLocaleString("en")} runs`;
      rows.push({ what: `${runs}, right`, value: right, unit: "", target: { least: count } });
      rows.push({
        what: `${runs}, memory of each`,
        value: kibibytes,
        unit: "KiB",
        ...most(count >= 10_000, 8),
      });
      rows.push({ what: `${runs}, CPU of each`, value: microseconds, unit: "µs", ...most(true, 5 * base) });
    }
    return [...rows, ...real];
  },
};

function most(hasTarget: boolean, value: number): { target: { most: number } } | object {
  return hasTarget ? { target: { most: value } } : {};
}

function fail(): never {
  throw new Error("a call failed");
}

interface Measured {
  kibibytes: number;
  microseconds: number;
  right: number;
}

async function measure(script: Script, double: NetworkDouble, count: number): Promise<Measured> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const cpu = process.cpuUsage();
  const runs = Array.from({ length: count }, (_, i) => script.run("main", { args: [`http://host/${i}`] }));
  while (double.waiting.length < count) await turn();
  const started = process.cpuUsage(cpu);
  globalThis.gc?.();
  const kibibytes = (process.memoryUsage.rss() - before) / 1024 / count;
  const resumed = process.cpuUsage();
  let isOver = false;
  const ends = Promise.all(runs).finally(() => {
    isOver = true;
  });
  // Runs let the event loop do other work between them, so the second calls do not come all at the same time.
  while (!isOver) {
    double.answerAll();
    await turn();
  }
  const results = await ends;
  const ended = process.cpuUsage(resumed);
  const right = results.filter(
    ({ output }, i) => output === `http://host/${i}/1 http://host/${i}/2\n`,
  ).length;
  return { kibibytes, microseconds: (sum(started) + sum(ended)) / count, right };
}

function sum({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}

/** The same with a real network. The server answers two seconds later with the target of the request. */
async function measureReal(): Promise<Row[]> {
  await using server = await startServer("waits");
  await using http = await createHttpBackground({ threads: [{ id: "default" }] });
  await using runtime = createScriptRuntime({ http, allow: [REAL], limits: LIMITS });
  const script = await runtime.compile(SCRIPT.pathname);
  const start = performance.now();
  using memory = new MemoryWatch();
  const targets = Array.from({ length: REAL_RUNS }, (_, i) => `/${i}`);
  const runs = await Promise.all(targets.map((path) => script.run("main", { args: [server.url + path] })));
  const right = runs.filter(({ output }, i) => output === `${targets[i]}/1 ${targets[i]}/2\n`).length;
  const what = `${REAL_RUNS.toLocaleString("en")} runs and as many connections`;
  const seconds = (performance.now() - start) / 1000;
  return [
    { what: `${what}, right`, value: right, unit: "", target: { least: REAL_RUNS } },
    { what: `${what}, time for all`, value: seconds, unit: "s" },
    { what: `${what}, memory`, value: (memory.mostMebibytes() * 1024) / REAL_RUNS, unit: "KiB" },
  ];
}
