// Runs in its own process: makes calls, so many at a time, until it is told to stop, and tells what became of them.
import { redisFleet } from "../../host/fleet/redis/index.ts";
import { createHttpBackground } from "../../host/index.ts";
import type { ProcessOrder, ProcessReport } from "./fleet-processes.ts";
import { openClient } from "./redis-clients.ts";

const order: ProcessOrder = JSON.parse(process.argv[2] ?? "");
const { name, atOnce, url, redis, leaseMs, timeoutMs, maxTotal, maxHost, whenLost } = order;

const opened = redis === null ? null : await openClient(order.client, redis);
const fleet = opened === null ? undefined : redisFleet(opened.client, { name, leaseMs, timeoutMs, whenLost });
const http = await createHttpBackground(
  { threads: [{ id: "t", max_total: maxTotal, max_host: maxHost }] },
  { fleet },
);

const loops: number[] = Array.from({ length: atOnce }, () => 0);
let done = 0;
let failed = 0;
let isOver = false;

async function callUntilTheEnd(loop: number): Promise<void> {
  while (!isOver) {
    const { status } = await http.http_background("t", url);
    loops[loop] = (loops[loop] ?? 0) + 1;
    if (status === 200) done++;
    else failed++;
  }
}

function report(): ProcessReport {
  return { done, failed, least: Math.min(...loops), fleet: http.stats().t?.fleet ?? null };
}

const calls = loops.map((_, loop) => callUntilTheEnd(loop));
process.on("message", (message) => {
  if (message === "report") process.send?.(report());
  if (message === "forget") loops.fill(0);
  if (message === "stop") isOver = true;
});
// The test is gone.
process.on("disconnect", () => process.exit());
process.send?.("started");

await Promise.all(calls);
await http.close();
await opened?.close();
process.disconnect?.();
