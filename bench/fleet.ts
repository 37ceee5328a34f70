import { redisFleet } from "../host/fleet/redis/index.ts";
import { createHttpBackground } from "../host/index.ts";
import type { Benchmark, Row } from "./benchmark.ts";
import { startServer } from "./server.ts";
import { type Client, takeTurns, toCpuRow, toRatioRow } from "./turns.ts";

const PATH = "/small?a=b";
const ROUNDS = 9;
/** How many requests run at the same time. A call asks nobody: the target is what measurements differ by. */
const CROWDS: readonly { readonly atOnce: number; readonly most: number }[] = [
  { atOnce: 1, most: 1.1 },
  { atOnce: 20, most: 1.03 },
  { atOnce: 100, most: 1.03 },
];

/** A client of Redis whose server grants everything, at once. */
const GENEROUS = {
  async evalsha(_sha: string, keys: number, ...rest: string[]): Promise<number[]> {
    const [total = 0, ...hosts] = rest
      .slice(keys + 8)
      .flatMap((value, index) => (index % 3 === 2 ? [Number(value)] : []));
    return [1, 1, total, 0, 0, ...hosts.flatMap((want) => [want, 0, 0])];
  },
  async eval(): Promise<number> {
    return 1;
  },
};

/** Compares calls of a process of a fleet with those of a process alone. Their rounds alternate. */
export const fleet: Benchmark = {
  name: "fleet",
  about: "CPU of GETs on connections that are used again, with and without a fleet",
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
  const config = { threads: [{ id: "default", max_total: atOnce, max_host: atOnce }] };
  const alone = await createHttpBackground(config);
  const shared = await createHttpBackground(config, { fleet: redisFleet(GENEROUS, { name: "bench" }) });
  const clients: Client[] = [
    { name: "alone", get: () => alone.http_background("default", url) },
    { name: "in a fleet", get: () => shared.http_background("default", url) },
  ];
  try {
    const measures = await takeTurns(clients, { rounds: ROUNDS, atOnce });
    const [one = [], many = []] = measures;
    const about = `${atOnce} at a time:`;
    return [
      ...clients.map(({ name }, index) => toCpuRow(`${about} ${name}`, measures[index] ?? [])),
      { ...toRatioRow(`${about} in a fleet, against alone`, many, one), target: { most } },
    ];
  } finally {
    await Promise.all([alone.close(), shared.close()]);
  }
}
