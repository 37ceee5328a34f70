import { setTimeout } from "node:timers/promises";
import { createHttpBackground, type HttpBackground } from "../host/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { heapKibibytes, MemoryWatch } from "./memory.ts";
import { startServer } from "./server.ts";

/** Each call has one socket here and one in the server. A process may have 20,000 open files. */
const CALLS = 10_000;
const WARM_UP_CALLS = 100;
const HEAP_CALLS = 2000;
const SENT_MS = 1000;

/** Many calls that wait at the same time. Each must get its own answer. */
export const inFlight: Benchmark = {
  name: "in-flight",
  about: `${CALLS.toLocaleString("en")} calls at once, each with a connection, to a server that answers after two seconds`,
  async run() {
    await using server = await startServer("waits");
    const http = await createHttpBackground({ threads: [{ id: "default" }] });
    try {
      await callMany(http, server.url, WARM_UP_CALLS);
      return [...(await measure(http, server.url)), await measureHeap(server.url)];
    } finally {
      await http.destroy();
    }
  },
};

async function measure(http: HttpBackground, url: string): Promise<Row[]> {
  using memory = new MemoryWatch();
  const start = performance.now();
  const right = await callMany(http, url, CALLS);
  const seconds = (performance.now() - start) / 1000;
  const mebibytes = memory.mostMebibytes();
  return [
    { what: "calls with the right answer", value: right, unit: "", target: { least: CALLS } },
    { what: "time for all calls", value: seconds, unit: "s" },
    { what: "memory over idle", value: mebibytes, unit: "MiB" },
    { what: "memory of a call, including its connection", value: (mebibytes * 1024) / CALLS, unit: "KiB" },
  ];
}

/** The heap of calls that wait for their responses. All requests have been sent when half of the server's wait is over. */
async function measureHeap(url: string): Promise<Row> {
  const http = await createHttpBackground({ threads: [{ id: "default" }] });
  try {
    await callMany(http, url, WARM_UP_CALLS);
    const idle = heapKibibytes();
    const calls = callMany(http, url, HEAP_CALLS);
    await setTimeout(SENT_MS);
    const value = (heapKibibytes() - idle) / HEAP_CALLS;
    await calls;
    return { what: "heap of a call, including its connection", value, unit: "KiB", target: { most: 9.5 } };
  } finally {
    await http.destroy();
  }
}

/** @returns how many calls got the answer to their own request */
async function callMany(http: HttpBackground, url: string, count: number): Promise<number> {
  const targets = Array.from({ length: count }, (_, index) => `/${index}`);
  const results = await Promise.all(targets.map((target) => http.http_background("default", url + target)));
  return results.filter(({ content }, index) => content?.toString() === targets[index]).length;
}
