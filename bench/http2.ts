import { Blob } from "node:buffer";
import { type ClientHttp2Session, connect } from "node:http2";
import { createHttpBackground, type HttpBackground } from "../host/index.ts";
import { type Benchmark, median, type Row } from "./benchmark.ts";
import { hasCurl, measureCurl } from "./curl-gets.ts";
import { http2Content } from "./node-get.ts";
import { startServer } from "./server.ts";
import { type Client, takeTurns, toCpuRow, toRatioRow } from "./turns.ts";

const MIB = 1024 * 1024;
const SMALL = 10 * 1024;
/** MEBIBYTES=1024 makes it a gibibyte. */
const HAUL_MIB = Number(process.env.MEBIBYTES ?? 256);
const HAUL = HAUL_MIB * MIB;
/** No call of this benchmark keeps more content than one Buffer. */
const HAULS = 3;
const AT_ONCE = 100;
const IN_FLIGHT = 100;
const COLLECTIONS = 5;
const PAUSE_MS = 200;
/** As many bytes as ours lets be on their way. */
const WINDOW = 10 * MIB;
const ALONE = "node:http2 alone";
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
    const alone = connectAlone(url);
    try {
      const small = [...(await measureSmall(http, url, alone)), ...(await measureByCurl(url))];
      return [...small, await measureMemory(http, url), ...(await measureHauls(http, url, alone))];
    } finally {
      alone.close();
      await http.close();
    }
  },
};

/** What a client on node:http2 cannot do without. */
function connectAlone(url: string): ClientHttp2Session {
  const settings = { enablePush: false, initialWindowSize: WINDOW };
  const session = connect(url, { rejectUnauthorized: false, settings });
  return session.on("connect", () => session.setLocalWindowSize(AT_ONCE * WINDOW));
}

async function measureSmall(http: HttpBackground, url: string, alone: ClientHttp2Session): Promise<Row[]> {
  const own = VERSIONS.map((version): Client => {
    const options = { ...VERIFY_NOTHING, http_version: version };
    return {
      name: `HTTP/${version}`,
      get: () => http.http_background("default", `${url}/${SMALL}`, options),
    };
  });
  const clients = [...own, { name: ALONE, get: () => http2Content(alone, `/${SMALL}`) }];
  const measures = await takeTurns(clients, { atOnce: AT_ONCE });
  const [two = [], one = [], floor = []] = measures;
  return [
    ...clients.map(({ name }, index) => toCpuRow(`a GET of 10 KiB: ${name}`, measures[index] ?? [])),
    { ...toRatioRow("a GET of 10 KiB: against HTTP/1.1", two, one), target: { most: 0.9 } },
    toRatioRow(`a GET of 10 KiB: ${ALONE} against HTTP/1.1`, floor, one),
  ];
}

async function measureByCurl(url: string): Promise<Row[]> {
  if (!hasCurl("HTTP2")) return [];
  // curl counts in the fragment, which it does not send.
  const words = (count: number): string[] => ["-sk", "--http2", `${url}/${SMALL}#[1-${count}]`];
  return [await measureCurl("a GET of 10 KiB: curl --parallel --http2", AT_ONCE, words)];
}

async function measureHauls(http: HttpBackground, url: string, alone: ClientHttp2Session): Promise<Row[]> {
  const body = new Blob([Buffer.alloc(HAUL / 16, "x")]);
  const posts = Array.from({ length: 16 }, () => ({ data: body }));
  const call = async (version: string, path: string, post?: typeof posts): Promise<void> => {
    const options = { ...VERIFY_NOTHING, http_version: version };
    const { error } = await http.http_background("default", url + path, options, post);
    if (error !== undefined) throw new Error(error);
  };
  const own = (path: string, post?: typeof posts): Haul[] =>
    VERSIONS.map((version) => [`HTTP/${version}`, () => call(version, path, post)]);
  const path = `/${HAUL}`;
  return [
    ...(await measureHaul("download", [...own(path), [ALONE, () => http2Content(alone, path)]])),
    ...(await measureHaul("upload", own("/0", posts))),
  ];
}

type Haul = [name: string, run: () => Promise<unknown>];

/** The first one is HTTP/2, the second one HTTP/1.1. */
async function measureHaul(name: string, ways: readonly Haul[]): Promise<Row[]> {
  const speeds = ways.map((): number[] => []);
  for (let round = 0; round < HAULS; round++) {
    for (const [index, [, run]] of ways.entries()) {
      const start = performance.now();
      await run();
      speeds[index]?.push(HAUL_MIB / ((performance.now() - start) / 1000));
    }
  }
  const what = `${name} of ${HAUL_MIB} MiB`;
  const [two = Number.NaN, one = Number.NaN] = speeds.map(median);
  return [
    ...ways.map(([way], index) => ({
      what: `${what}: ${way}`,
      value: median(speeds[index] ?? []),
      unit: "MiB/s",
    })),
    { what: `${what}: against HTTP/1.1`, value: two / one, unit: "times", target: { least: 0.8 } },
  ];
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
