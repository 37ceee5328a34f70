import { Agent as HttpAgent } from "node:http";
import { Agent } from "undici";
import { createHttpBackground } from "../host/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { fetchContent, httpContent } from "./node-get.ts";
import { startServer } from "./server.ts";
import { type Client, takeTurns, toBars, toRatioRow } from "./turns.ts";
import { dispatchContent, requestContent } from "./undici-get.ts";

const PATH = "/small?a=b";
const ROUNDS = 9;

/** How many requests run at the same time, and the target against `request()`. */
const CROWDS: readonly { readonly atOnce: number; readonly most: number }[] = [
  { atOnce: 1, most: 1.1 },
  { atOnce: 20, most: 1.05 },
  { atOnce: 100, most: 1.1 },
  { atOnce: 1000, most: 1.1 },
];

/** Compares the plugin with the two fastest ways to make a request with undici, and with those of Node. Their rounds alternate. */
export const gets: Benchmark = {
  name: "gets",
  about: "CPU of GETs of 200 bytes, against undici, node:http and fetch in the same process",
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
  const httpAgent = new HttpAgent({ keepAlive: true, maxSockets: atOnce });
  const clients: Client[] = [
    { name: "http_background", get: () => http.http_background("default", url) },
    { name: "agent.request", get: () => requestContent(agent, origin, PATH) },
    { name: "agent.dispatch", get: () => dispatchContent(agent, origin, PATH) },
    { name: "node:http", get: () => httpContent(httpAgent, url) },
    { name: "fetch", get: () => fetchContent(url) },
  ];
  try {
    const measures = await takeTurns(clients, { rounds: ROUNDS, atOnce });
    const [own = [], request = [], dispatch = [], http1 = [], fetched = []] = measures;
    const group = `${atOnce.toLocaleString("en")} at a time`;
    const about = `${group}:`;
    return [
      ...toBars(clients, measures, group),
      { ...toRatioRow(`${about} against agent.request`, own, request), target: { most } },
      toRatioRow(`${about} against agent.dispatch`, own, dispatch),
      toRatioRow(`${about} against node:http`, own, http1),
      toRatioRow(`${about} against fetch`, own, fetched),
    ];
  } finally {
    httpAgent.destroy();
    await Promise.all([http.close(), agent.close()]);
  }
}
