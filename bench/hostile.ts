import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { createHttpBackground } from "../host/index.ts";
import { Guests } from "../test/hostile/guests.ts";
import { KINDS } from "../test/hostile/kinds.ts";
import { Random } from "../test/hostile/random.ts";
import { type Benchmark, quantile, type Row } from "./benchmark.ts";
import { startServer } from "./server.ts";

/** Number of hostile cases that go on at the same time. */
const AT_ONCE = 100;
const SECONDS = 20;
const NANOSECONDS = 1e6;

/** What the application notices while scripts do their worst. */
export const hostile: Benchmark = {
  name: "hostile",
  about: `the application's event loop and its own requests while ${AT_ONCE} hostile scripts of every kind run`,
  async run() {
    await using server = await startServer("gets");
    await using http = await createHttpBackground({ threads: [{ id: "own" }] });
    const guests = await Guests.create();
    const delay = monitorEventLoopDelay({ resolution: 5 });
    const latencies: number[] = [];
    let isOver = false;
    const get = async (): Promise<void> => {
      while (!isOver) {
        const startedAt = performance.now();
        await http.http_background("own", server.url);
        latencies.push(performance.now() - startedAt);
        await sleep(10);
      }
    };
    await http.http_background("own", server.url);
    delay.enable();
    const own = get();
    const played = await playFor(guests, SECONDS * 1000);
    isOver = true;
    await own;
    delay.disable();
    await guests.world.close();
    return rowsOf(delay, latencies, played);
  },
};

async function playFor(guests: Guests, ms: number): Promise<number> {
  const endsAt = performance.now() + ms;
  let played = 0;
  const loop = async (): Promise<void> => {
    while (performance.now() < endsAt) {
      const random = new Random(1, played++);
      await random.pickWeighted(KINDS).play(random, guests);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, loop));
  return played;
}

/** The monitor counts from one timer to the next, so its resolution is in its values. */
function rowsOf(delay: ReturnType<typeof monitorEventLoopDelay>, latencies: number[], played: number): Row[] {
  const lag = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - 5);
  return [
    { what: "cases that were played", value: played, unit: "" },
    { what: "event loop, late by, p99", value: lag(delay.percentile(99)), unit: "ms", target: { most: 20 } },
    { what: "event loop, late by, at most", value: lag(delay.max), unit: "ms", target: { most: 100 } },
    { what: "a request of the application, median", value: quantile(latencies, 0.5), unit: "ms" },
    {
      what: "a request of the application, p99",
      value: quantile(latencies, 0.99),
      unit: "ms",
      target: { most: 20 },
    },
    {
      what: "a request of the application, at most",
      value: Math.max(...latencies),
      unit: "ms",
      target: { most: 100 },
    },
  ];
}
