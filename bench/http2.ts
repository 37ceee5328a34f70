import { Blob } from "node:buffer";
import { createHttpBackground, type HttpBackground } from "../host/index.ts";
import { type Benchmark, median, type Row } from "./benchmark.ts";
import { startServer } from "./server.ts";
import { type Client, takeTurns, toCpuRow, toRatioRow } from "./turns.ts";

const MIB = 1024 * 1024;
const SMALL = 10 * 1024;
const HAUL = 256 * MIB;
/** No call of this benchmark keeps more content than one Buffer. */
const HAULS = 3;
const AT_ONCE = 100;
const IN_FLIGHT = 100;
const COLLECTIONS = 5;
const PAUSE_MS = 200;
const VERIFY_NOTHING = { tls_verify_peer: false, tls_verify_host: false };
const VERSIONS = ["2", "1.1"] as const;

/** HTTP/2 on one connection against HTTP/1.1 on a hundred, both ours, over TLS. */
export const http2: Benchmark = {
  name: "http2",
  about: `HTTP/2 on one connection against HTTP/1.1 on ${AT_ONCE}, over TLS`,
  async run() {
    await using server = await startServer("secure");
    const url = server.url.replace("http:", "https:");
    const http = await createHttpBackground({ threads: [{ id: "default", max_total: AT_ONCE }] });
    try {
      const warm = await measureSmall(http, url);
      return [...warm, await measureMemory(http, url), ...(await measureHauls(http, url))];
    } finally {
      await http.close();
    }
  },
};

async function measureSmall(http: HttpBackground, url: string): Promise<Row[]> {
  const clients = VERSIONS.map((version): Client => {
    const options = { ...VERIFY_NOTHING, http_version: version };
    return {
      name: `HTTP/${version}`,
      get: () => http.http_background("default", `${url}/${SMALL}`, options),
    };
  });
  const measures = await takeTurns(clients, { rounds: 7, atOnce: AT_ONCE, requests: 2000 });
  const [two = [], one = []] = measures;
  return [
    ...clients.map(({ name }, index) => toCpuRow(`a GET of 10 KiB: ${name}`, measures[index] ?? [])),
    { ...toRatioRow("a GET of 10 KiB: against HTTP/1.1", two, one), target: { most: 0.9 } },
  ];
}

async function measureHauls(http: HttpBackground, url: string): Promise<Row[]> {
  const body = new Blob([Buffer.alloc(HAUL / 16, "x")]);
  const posts = Array.from({ length: 16 }, () => ({ data: body }));
  const ways = [
    ["download", `${url}/${HAUL}`, undefined],
    ["upload", `${url}/0`, posts],
  ] as const;
  const rows: Row[] = [];
  for (const [name, target, post] of ways) {
    const speeds: Record<string, number[]> = { "2": [], "1.1": [] };
    for (let round = 0; round < HAULS; round++) {
      for (const version of VERSIONS) {
        const start = performance.now();
        const options = { ...VERIFY_NOTHING, http_version: version };
        const { error } = await http.http_background("default", target, options, post);
        if (error !== undefined) throw new Error(error);
        speeds[version]?.push(HAUL / MIB / ((performance.now() - start) / 1000));
      }
    }
    const [two, one] = VERSIONS.map((version) => median(speeds[version] ?? []));
    for (const version of VERSIONS)
      rows.push({
        what: `${name} of 256 MiB: HTTP/${version}`,
        value: median(speeds[version] ?? []),
        unit: "MiB/s",
      });
    rows.push({
      what: `${name} of 256 MiB: against HTTP/1.1`,
      value: (two ?? 0) / (one ?? 1),
      unit: "times",
      target: { least: 0.8 },
    });
  }
  return rows;
}

/** What a call in flight needs, with everything of its stream. */
async function measureMemory(http: HttpBackground, url: string): Promise<Row> {
  const controller = new AbortController();
  const before = await settledHeap();
  // The server answers a request when it is whole, and this body never ends.
  const endless = (): AsyncIterable<Uint8Array> => ({
    [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
  });
  const calls = Array.from({ length: IN_FLIGHT }, () =>
    http.http_background("default", `${url}/1`, VERIFY_NOTHING, endless(), { signal: controller.signal }),
  );
  await until(() => http.stats().default?.active === IN_FLIGHT);
  const kibibytes = ((await settledHeap()) - before) / IN_FLIGHT / 1024;
  controller.abort();
  await Promise.all(calls);
  return { what: "a stream with a call whose body is being sent: heap", value: kibibytes, unit: "KiB" };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise(setImmediate);
}

/** What earlier calls have left is not all gone after one collection: some of it is let go of only by the next one. */
async function settledHeap(): Promise<number> {
  for (let round = 0; round < COLLECTIONS; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
