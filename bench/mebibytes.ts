import { Blob } from "node:buffer";
import { Agent } from "undici";
import { createHttpBackground } from "../host/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { type Role, startServer } from "./server.ts";
import { type Client, takeTurns, toCpuRow, toRatioRow } from "./turns.ts";
import { requestContent } from "./undici-get.ts";

const MIB = 1 << 20;
const BLOB = new Blob([Buffer.alloc(16 * MIB, "The quick brown fox. ")]);

/** Something large that goes in one direction. */
interface Haul {
  readonly what: string;
  readonly role: Role;
  readonly body: Blob | undefined;
  readonly atOnce: number;
  /** Requests of a round. */
  readonly requests: number;
  /** The target against undici. */
  readonly most: number;
}

const HAULS: readonly Haul[] = [
  { what: "a Blob of 16 MiB", role: "discards", body: BLOB, atOnce: 1, requests: 4, most: 1.5 },
  { what: "content of 1 MiB", role: "mebibytes", body: undefined, atOnce: 10, requests: 100, most: 1.1 },
];

/** Large bodies, against undici. */
export const mebibytes: Benchmark = {
  name: "mebibytes",
  about: "CPU of large bodies in both directions, against undici in the same process",
  async run() {
    const rows: Row[] = [];
    for (const haul of HAULS) rows.push(...(await measureHaul(haul)));
    return rows;
  },
};

async function measureHaul({ what, role, body, atOnce, requests, most }: Haul): Promise<Row[]> {
  await using server = await startServer(role);
  const http = await createHttpBackground({ threads: [{ id: "default", max_total: atOnce }] });
  const agent = new Agent({ connections: atOnce });
  const own = (): Promise<unknown> => http.http_background("default", `${server.url}/`, {}, body);
  const theirs = (): Promise<Buffer> => requestContent(agent, server.url, "/", body);
  const clients: Client[] = [
    { name: "http_background", get: own },
    { name: "agent.request", get: theirs },
  ];
  try {
    const [first = [], second = []] = await takeTurns(clients, { rounds: 31, atOnce, requests });
    return [
      toCpuRow(`${what}: http_background`, first),
      toCpuRow(`${what}: agent.request`, second),
      { ...toRatioRow(`${what}: against agent.request`, first, second), target: { most } },
    ];
  } finally {
    await Promise.all([http.close(), agent.close()]);
  }
}
