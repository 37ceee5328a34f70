import { median, type Row, spreadOf } from "./benchmark.ts";

/** How many requests run at the same time, where nothing else is said. */
export const AT_ONCE = 20;

const REQUESTS_A_ROUND = 4000;
const ROUNDS = 9;

/** Something that makes one request when `get` is called. */
export interface Client {
  readonly name: string;
  get(): Promise<unknown>;
}

/** The result of a round. */
export interface Measure {
  perSecond: number;
  cpuMicros: number;
}

interface Turns {
  /** @default 9 */
  readonly rounds?: number;
  /** How many requests run at the same time. @default AT_ONCE */
  readonly atOnce?: number;
  /** How many requests a round has. @default 4000 */
  readonly requests?: number;
}

/** Measures all clients. Their rounds alternate. Returns the rounds of each client. */
export async function takeTurns(
  clients: readonly Client[],
  { rounds = ROUNDS, atOnce = AT_ONCE, requests = REQUESTS_A_ROUND }: Turns = {},
): Promise<Measure[][]> {
  const measures = clients.map((): Measure[] => []);
  for (let round = -1; round < rounds; round++) {
    // Every second round is in reverse order, so that a client does not always come after the same one.
    const order = [...clients.keys()];
    if (round % 2 === 1) order.reverse();
    for (const index of order) {
      const client = clients[index] as Client;
      const measure = await measureRound(client, atOnce, requests);
      // The first round warms up.
      if (round >= 0) measures[index]?.push(measure);
    }
  }
  return measures;
}

/** The CPU of a client for one request, in one round and another. */
export function toCpuRow(what: string, measures: readonly Measure[]): Row {
  const micros = measures.map(({ cpuMicros }) => cpuMicros);
  return { what, value: median(micros), spread: spreadOf(micros), unit: "µs" };
}

/** The same for several clients, of which the first is ours, as bars of a plot. */
export function toBars(
  clients: readonly Client[],
  measures: readonly (readonly Measure[])[],
  group?: string,
): Row[] {
  return clients.map(({ name }, index) => ({
    ...toCpuRow(group === undefined ? name : `${group}: ${name}`, measures[index] ?? []),
    bar: { ...(group !== undefined && { group }), name, isOwn: index === 0 },
  }));
}

/** Compares rounds that ran one after the other, because the machine is faster at some times than at others. */
export function toRatioRow(what: string, own: readonly Measure[], other: readonly Measure[]): Row {
  const ratios = own.map(({ cpuMicros }, round) => cpuMicros / (other[round]?.cpuMicros ?? Number.NaN));
  return { what, value: median(ratios), spread: spreadOf(ratios), unit: "times" };
}

async function measureRound(client: Client, atOnce: number, requests: number): Promise<Measure> {
  const cpu = process.cpuUsage();
  const start = performance.now();
  let left = requests;
  const loop = async (): Promise<void> => {
    while (left-- > 0) await client.get();
  };
  await Promise.all(Array.from({ length: atOnce }, loop));
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: requests / seconds, cpuMicros: (user + system) / requests };
}
