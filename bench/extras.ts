import { type Answered, createHttpBackground, type HttpBackground } from "../host/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { heapKibibytes } from "./memory.ts";
import { startServer } from "./server.ts";
import { AT_ONCE, type Client, takeTurns, toCpuRow, toRatioRow } from "./turns.ts";

const PATH = "/small?a=b";
const ROUNDS = 9;
const KEPT = 5000;
/** A stream is another thing: the web platform's streams take most of it. */
const MOST = 1.5;

type Call = HttpBackground["http_background"];
type Ask = (http: HttpBackground, url: string) => ReturnType<Call>;

/** What a caller can ask for besides the content. The first row asks for nothing. */
const EXTRAS: Readonly<Record<string, Ask>> = {
  nothing: (http, url) => http.http_background("default", url),
  headers: async (http, url) => readHeaders(await http.http_background("default", url)),
  onProgress: (http, url) =>
    http.http_background("default", url, undefined, undefined, { onProgress: ignore }),
  decompress: (http, url) => http.http_background("default", url, undefined, undefined, { decompress: true }),
  stream: async (http, url) => {
    const result = await http.http_background("default", url, undefined, undefined, { stream: true });
    if (result.code !== undefined) return result;
    const { status } = result;
    return { status, content: Buffer.from(await new Response(result.content).arrayBuffer()) } as Answered;
  },
};

/** Who asks for nothing pays for nothing: each extra against the same GET without it. */
export const extras: Benchmark = {
  name: "extras",
  about: `CPU and memory of GETs of 200 bytes, ${AT_ONCE} at a time, with what a caller can ask for besides the content`,
  async run() {
    await using server = await startServer("gets");
    const http = await createHttpBackground({ threads: [{ id: "default", max_total: AT_ONCE }] });
    try {
      const url = server.url + PATH;
      const clients = Object.entries(EXTRAS).map(
        ([name, ask]): Client => ({ name, get: () => ask(http, url) }),
      );
      const measures = await takeTurns(clients, { rounds: ROUNDS });
      const [plain = [], ...others] = measures;
      const ratios = others.map((one, index): Row => {
        const name = clients[index + 1]?.name ?? "";
        const row = toRatioRow(`${name} against nothing`, one, plain);
        return name === "stream" ? row : { ...row, target: { most: MOST } };
      });
      return [
        toCpuRow("nothing", plain),
        ...ratios,
        await measureKept("a kept result, nothing read", () => EXTRAS.nothing?.(http, url)),
        await measureKept("a kept result, headers read", () => EXTRAS.headers?.(http, url)),
      ];
    } finally {
      await http.close();
    }
  },
};

/** The memory of a result that the caller keeps. */
async function measureKept(what: string, get: () => Promise<unknown> | undefined): Promise<Row> {
  await get();
  const kept: unknown[] = Array(KEPT).fill(null);
  const idle = heapKibibytes();
  for (let at = 0; at < KEPT; at++) kept[at] = await get();
  const value = (heapKibibytes() - idle) / kept.length;
  return { what, value, unit: "KiB" };
}

function readHeaders(result: Awaited<ReturnType<Call>>): Awaited<ReturnType<Call>> {
  if (result.code === undefined) result.headers.get("content-length");
  return result;
}

function ignore(): void {}
