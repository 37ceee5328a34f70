import { createHttpBackground, type HttpBackground, type Post } from "../host/index.ts";
import { type Benchmark, median, type Row } from "./benchmark.ts";
import { MemoryWatch } from "./memory.ts";
import { startServer } from "./server.ts";

const MIB = 1024 * 1024;
const BYTES = 4096 * MIB;
const CHUNK = Buffer.alloc(64 * 1024, "The quick brown fox jumps over the lazy dog.\r\n");
const CROWD = 200;
const CROWD_BYTES = 20 * MIB;
const WARM_UP_BYTES = 64 * MIB;

/** Ways to send a stream. */
const WAYS: readonly { name: string; post(stream: AsyncIterable<Uint8Array>): [object, Post] }[] = [
  { name: "raw", post: (stream) => [{}, stream] },
  { name: "base64", post: (stream) => [{ encoder: "base64" }, stream] },
  { name: "base64 in multipart", post: (data) => [{}, { file: { data, encoder: "base64" } }] },
];

/** Very long streams. Memory must not grow with them, and every upload must make progress. */
export const streams: Benchmark = {
  name: "streams",
  about: `generated streams of ${BYTES / MIB} MiB one by one, then ${CROWD} of ${CROWD_BYTES / MIB} MiB at once`,
  async run() {
    await using server = await startServer("discards");
    // Another server, because a server that reads two hundred uploads answers late.
    await using other = await startServer("gets");
    const http = await createHttpBackground({ threads: [{ id: "default" }] });
    try {
      await send(http, server.url, 1, WARM_UP_BYTES);
      const rows: Row[] = [];
      for (const way of WAYS.keys()) rows.push(...(await measureOne(http, server.url, way)));
      return [...rows, ...(await measureCrowd(http, server.url, other.url))];
    } finally {
      await http.close();
    }
  },
};

async function measureOne(http: HttpBackground, url: string, way: number): Promise<Row[]> {
  using memory = new MemoryWatch();
  const start = performance.now();
  await send(http, url, way, BYTES);
  const seconds = (performance.now() - start) / 1000;
  const name = WAYS[way]?.name ?? "";
  return [
    { what: `${name}: throughput`, value: BYTES / MIB / seconds, unit: "MiB/s" },
    { what: `${name}: memory over idle`, value: memory.mostMebibytes(), unit: "MiB", target: { most: 64 } },
  ];
}

async function measureCrowd(http: HttpBackground, url: string, getUrl: string): Promise<Row[]> {
  using memory = new MemoryWatch();
  let isOver = false;
  const uploads = Array.from({ length: CROWD }, (_, i) =>
    timed(() => send(http, url, 1 + (i % 2), CROWD_BYTES)),
  );
  const gets = timeGets(http, getUrl, () => isOver);
  const took = (await Promise.all(uploads)).sort((a, b) => a - b);
  isOver = true;
  const waited = await gets;
  return [
    {
      what: "crowd: slowest against the median",
      value: (took.at(-1) ?? 0) / median(took),
      unit: "times",
      target: { most: 2 },
    },
    { what: "crowd: a small GET meanwhile, median", value: median(waited), unit: "ms" },
    { what: "crowd: a small GET meanwhile, slowest", value: Math.max(...waited), unit: "ms" },
    { what: "crowd: memory over idle", value: memory.mostMebibytes(), unit: "MiB" },
  ];
}

/** @returns the milliseconds of each GET. They run one after the other */
async function timeGets(http: HttpBackground, url: string, isOver: () => boolean): Promise<number[]> {
  const waited: number[] = [];
  while (!isOver()) waited.push(await timed(() => http.http_background("default", url)));
  return waited;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function send(http: HttpBackground, url: string, way: number, bytes: number): Promise<void> {
  const [options, post] = WAYS[way]?.post(generate(bytes)) ?? [{}, ""];
  const { status, error } = await http.http_background("default", url, options, post);
  if (status !== 200) throw new Error(`sending ${bytes} bytes: ${error ?? status}`);
}

async function* generate(bytes: number): AsyncGenerator<Uint8Array> {
  for (let left = bytes; left > 0; left -= CHUNK.length)
    yield CHUNK.subarray(0, Math.min(left, CHUNK.length));
}
