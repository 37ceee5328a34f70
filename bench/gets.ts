import { Agent } from "undici";
import { createHttpBackground } from "../host/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { startServer } from "./server.ts";
import { type Client, takeTurns, toCpuRow, toRatioRow } from "./turns.ts";
import { dispatchContent, requestContent } from "./undici-get.ts";

const PATH = "/small?a=b";
const ROUNDS = 15;

/** How many requests run at the same time, and the target against `request()`. */
const CROWDS: readonly { readonly atOnce: number; readonly most: number }[] = [
  { atOnce: 1, most: 1.1 },
  { atOnce: 20, most: 1.05 },
  { atOnce: 100, most: 1.1 },
  { atOnce: 1000, most: 1.1 },
];

/** Compares the plugin with the two fastest ways to make a request with undici. Their rounds alternate. */
export const gets: Benchmark = {
  name: "gets",
  about: "CPU of GETs of 200 bytes, against undici in the same process",
  async run() {
    await using server = await startServer("gets");
    const rows: Row[] = [];
    for (const crowd of CROWDS) rows.push(...(await measureCrowd(server.url, crowd)));
    return rows;
  },
};

async function measureCrowd(
  origin: string,
  { atOnce, most }: { readonly atOnce: number; readonly most: number },
): Promise<Row[]> {
  const url = `${origin}${PATH}`;
  const http = await createHttpBackground({ threads: [{ id: "default", max_total: atOnce }] });
  const agent = new Agent({ connections: atOnce });
  const clients: Client[] = [
    { name: "http_background", get: () => http.http_background("default", url) },
    { name: "agent.request", get: () => requestContent(agent, origin, PATH) },
    { name: "agent.dispatch", get: () => dispatchContent(agent, origin, PATH) },
  ];
  try {
    const measures = await takeTurns(clients, { rounds: ROUNDS, atOnce });
    const [own = [], request = [], dispatch = []] = measures;
    const about = `${atOnce} at a time:`;
    return [
      ...clients.map(({ name }, index) => toCpuRow(`${about} ${name}`, measures[index] ?? [])),
      { ...toRatioRow(`${about} against agent.request`, own, request), target: { most } },
      toRatioRow(`${about} against agent.dispatch`, own, dispatch),
    ];
  } finally {
    await Promise.all([http.close(), agent.close()]);
  }
}
