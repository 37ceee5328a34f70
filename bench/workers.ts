import { readFile } from "node:fs/promises";
import { setImmediate as turn } from "node:timers/promises";
import { ScriptDoor } from "../host/door/script-door.ts";
import { Plugin } from "../host/guest/plugin.ts";
import type { Network } from "../host/network/network.ts";
import { PLUGIN_WASM } from "../host/plugin-wasm.ts";
import type { Script } from "../host/script/index.ts";
import { createRuntimeAt } from "../host/script/runtime.ts";
import { assembleScript, call } from "../test/support/script-wat.ts";
import { type Benchmark, median, type Row } from "./benchmark.ts";
import { NetworkDouble } from "./network-double.ts";

const ROUNDS = 5;
/** Runs of a round. */
const RUNS = 500;
const CALLING_RUNS = 5000;
/** Iterations of a loop that takes about a millisecond. */
const ITERATIONS = 1_600_000;

/** The machine may be busy with other things. */
const LIMITS = { timeout: 600 };

const BODY = `
  (func (export "computes") (local $left i32) (local.set $left (i32.const ${ITERATIONS}))
    (loop $next (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))
  (func (export "calls") (drop ${call("args")}) (drop ${call("args")}))`;

/** What one worker and two workers compute in the same time, and what a run costs on each thread. */
export const workers: Benchmark = {
  name: "workers",
  about:
    "runs that compute for a millisecond with one and with two workers, and the CPU of a run with two calls",
  async run() {
    const plugin = await Plugin.load(await readFile(PLUGIN_WASM), { hasThread: () => true, answerTo: fail });
    const double = new NetworkDouble();
    const door = new ScriptDoor(plugin, double as unknown as Network);
    await using one = createRuntimeAt(door, { allow: ["http://*:*"], workers: 1, limits: LIMITS });
    await using two = createRuntimeAt(door, { allow: ["http://*:*"], workers: 2, limits: LIMITS });
    const wasm = assembleScript({ body: BODY, data: { args: ["default", "http://host/"] } });
    const [script, other] = [await one.load(wasm), await two.load(wasm)];
    return [...(await compare(script, other)), ...(await measureCalls(script, double))];
  },
};

function fail(): never {
  throw new Error("a call failed");
}

/** The rounds alternate, so that a busy moment of the machine meets both. */
async function compare(one: Script, two: Script): Promise<Row[]> {
  await computeAll(one);
  await computeAll(two);
  const rounds: { one: Round; two: Round }[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push({ one: await computeAll(one), two: await computeAll(two) });
  const of = (value: (round: (typeof rounds)[number]) => number): number => median(rounds.map(value));
  return [
    { what: "1 worker, a run", value: of(({ one }) => one.ms / RUNS), unit: "ms" },
    {
      what: "2 workers, times as many runs",
      value: of(({ one, two }) => one.ms / two.ms),
      unit: "",
      target: { least: 1.8 },
    },
    { what: "1 worker, cores that it got", value: of(({ one }) => one.cores), unit: "" },
    { what: "2 workers, cores that they got", value: of(({ two }) => two.cores), unit: "" },
  ];
}

interface Round {
  readonly ms: number;
  readonly cores: number;
}

async function computeAll(script: Script): Promise<Round> {
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: RUNS }, () => script.run("computes")));
  const ms = performance.now() - startedAt;
  return { ms, cores: microseconds(process.cpuUsage(cpu)) / 1000 / ms };
}

async function measureCalls(script: Script, double: NetworkDouble): Promise<Row[]> {
  const rounds: { total: number; own: number }[] = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await callAll(script, double));
  const total = median(rounds.map(({ total }) => total));
  const own = median(rounds.map(({ own }) => own));
  const rows: Row[] = [{ what: "a run with two calls, CPU on all threads", value: total, unit: "µs" }];
  // Node 20 cannot tell what one thread has used.
  if (threadCpuUsage === undefined) return rows;
  return [
    ...rows,
    { what: "… in the worker", value: total - own, unit: "µs", target: { most: 40 } },
    { what: "… on the application's thread", value: own, unit: "µs" },
  ];
}

async function callAll(script: Script, double: NetworkDouble): Promise<{ total: number; own: number }> {
  const [cpu, thread] = [process.cpuUsage(), threadCpuUsage?.()];
  let isOver = false;
  const runs = Promise.all(Array.from({ length: CALLING_RUNS }, () => script.run("calls"))).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    double.answerAll();
    await turn();
  }
  await runs;
  const [total, own] = [process.cpuUsage(cpu), threadCpuUsage?.(thread)];
  return {
    total: microseconds(total) / CALLING_RUNS,
    own: own === undefined ? 0 : microseconds(own) / CALLING_RUNS,
  };
}

const { threadCpuUsage } = process as { threadCpuUsage?(since?: NodeJS.CpuUsage): NodeJS.CpuUsage };

function microseconds({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
