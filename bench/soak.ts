import { createHttpBackground, type HttpBackground, type Post } from "../host/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { FaultyServer } from "./faulty-server.ts";

const CALLS = 200_000;
const WARM_UP_CALLS = 20_000;
const AT_A_TIME = 400;
const CONFIG = { threads: [{ id: "default", max_total: 50, max_host: 20 }] };
/** Nothing listens there. */
const NOBODY = "http://127.0.0.1:1/";
const SEED = Number(process.env.SEED ?? 1);

/** All faults together, for a long time. All calls must end, and nothing of them may be left. */
export const soak: Benchmark = {
  name: "soak",
  about: `${CALLS.toLocaleString("en")} calls to servers with every fault, max_total 50 (SEED=${SEED})`,
  async run() {
    const random = makeRandom(SEED);
    await using one = await FaultyServer.start(random);
    await using two = await FaultyServer.start(random);
    await using three = await FaultyServer.start(random);
    const servers = [one, two, three];
    const urls = [...servers.map(({ url }) => url), NOBODY];
    const http = await createHttpBackground(CONFIG, { env: {} });
    await callMany(http, urls, random, WARM_UP_CALLS);
    const before = heapMebibytes();
    const start = performance.now();
    const outcomes = await callMany(http, urls, random, CALLS);
    const seconds = (performance.now() - start) / 1000;
    const grown = heapMebibytes() - before;
    const { queued, active } = http.stats().default ?? { queued: -1, active: -1 };
    await http.close();
    const ended = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
    return [
      { what: "calls that ended", value: ended, unit: "", target: { least: CALLS } },
      { what: "kinds of outcome", value: outcomes.size, unit: "", target: { least: 8 } },
      { what: "queued and active afterwards", value: queued + active, unit: "", target: { most: 0 } },
      {
        what: "connections that are still open at the servers",
        value: await openAfterwards(servers),
        unit: "",
        target: { most: 0 },
      },
      { what: "growth of the heap since the warm-up", value: grown, unit: "MiB", target: { most: 8 } },
      { what: "time for all calls", value: seconds, unit: "s" },
      ...[...outcomes].map(([what, value]): Row => ({ what: `  ${what}`, value, unit: "" })),
    ];
  },
};

/** @returns for each kind of outcome, how many calls ended with it */
async function callMany(
  http: HttpBackground,
  urls: readonly string[],
  random: () => number,
  calls: number,
): Promise<Map<string, number>> {
  const outcomes = new Map<string, number>();
  let left = calls;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const how = await callOnce(http, urls[Math.floor(random() * urls.length)] ?? NOBODY, random);
      outcomes.set(how, (outcomes.get(how) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  return outcomes;
}

async function callOnce(http: HttpBackground, url: string, random: () => number): Promise<string> {
  const options = { timeout: 1, redirects: random() < 0.5 ? 3 : 0, max_file_size: random() < 0.1 ? 1 : 0 };
  const controller = random() < 0.1 ? new AbortController() : undefined;
  const timer = controller && setTimeout(() => controller.abort(), random() * 20);
  const call = controller && { signal: controller.signal };
  const { status, code } = await http.http_background("default", url, options, makePost(random), call);
  clearTimeout(timer);
  return code ?? `status ${status}`;
}

function makePost(random: () => number): Post | undefined {
  const kind = Math.floor(random() * 5);
  if (kind === 0) return "a=b";
  if (kind === 1) return new Blob(["a File"]);
  if (kind === 2) return { a: { data: "x" }, f: { data: new Blob(["a File"]), encoder: "base64" } };
  return undefined;
}

/** Waits, because a connection is gone only when both ends have closed it. */
async function openAfterwards(servers: readonly FaultyServer[]): Promise<number> {
  const deadline = performance.now() + 2000;
  const count = (): number => servers.reduce((sum, { open }) => sum + open, 0);
  while (count() > 0 && performance.now() < deadline) await new Promise(setImmediate);
  return count();
}

function heapMebibytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** Mulberry32. The same seed gives the same calls. */
function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
