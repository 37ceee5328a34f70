import { setImmediate as turn } from "node:timers/promises";
import { createHttpBackground, type HttpBackground } from "../host/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { heapKibibytes } from "./memory.ts";
import { startServer } from "./server.ts";

const CALLS = 20_000;
const WARM_UP_CALLS = 2000;

/** Calls that wait in line for the only connection. */
export const queued: Benchmark = {
  name: "queued",
  about: `${CALLS.toLocaleString("en")} calls that wait for one connection`,
  async run() {
    await using server = await startServer("waits");
    await measure(server.url, WARM_UP_CALLS);
    const { micros, kibibytes } = await measure(server.url, CALLS);
    return [
      { what: "memory of a queued call", value: kibibytes, unit: "KiB", target: { most: 2 } },
      { what: "CPU of queueing a call", value: micros, unit: "µs", target: { most: 10 } },
    ] satisfies Row[];
  },
};

async function measure(url: string, count: number): Promise<{ micros: number; kibibytes: number }> {
  const http = await createHttpBackground({ threads: [{ id: "default", max_total: 1 }] });
  const first = call(http, url);
  await turn();
  const calls = new Array<Promise<unknown>>(count);
  const idle = heapKibibytes();
  const cpu = process.cpuUsage();
  for (let i = 0; i < count; i++) calls[i] = call(http, url);
  await turn();
  const { user, system } = process.cpuUsage(cpu);
  const kibibytes = (heapKibibytes() - idle) / count;
  await http.destroy();
  await Promise.all([first, ...calls]);
  return { micros: (user + system) / count, kibibytes };
}

function call(http: HttpBackground, url: string): Promise<unknown> {
  return http.http_background("default", `${url}/queued`);
}
