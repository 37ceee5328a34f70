import { Pool } from "undici";
import { createHttpBackground } from "../host/index.ts";
import { type Benchmark, median, type Row } from "./benchmark.ts";
import { startServer } from "./server.ts";
import { AT_ONCE, type Client, type Measure, takeTurns } from "./turns.ts";
import { dispatchContent, requestContent } from "./undici-get.ts";

const PATH = "/small?a=b";

/** Compares the plugin with `undici.request()` and with `dispatch()`. Their rounds alternate. */
export const gets: Benchmark = {
  name: "gets",
  about: `GETs of 200 bytes, ${AT_ONCE} at a time, against undici in the same process`,
  async run() {
    await using server = await startServer("gets");
    const url = `${server.url}${PATH}`;
    const http = await createHttpBackground({ threads: [{ id: "default", max_total: AT_ONCE }] });
    const pool = new Pool(server.url, { connections: AT_ONCE });
    const clients: Client[] = [
      { name: "http_background", get: () => http.http_background("default", url) },
      { name: "undici.request", get: () => requestContent(pool, url) },
      { name: "undici dispatch", get: () => dispatchContent(pool, server.url, PATH) },
    ];
    try {
      return toRows(clients, await takeTurns(clients));
    } finally {
      await Promise.all([http.close(), pool.close()]);
    }
  },
};

function toRows(clients: Client[], measures: Measure[][]): Row[] {
  const rows = clients.flatMap(({ name }, index): Row[] => [
    { what: name, value: median((measures[index] ?? []).map((m) => m.perSecond)), unit: "requests/s" },
    {
      what: `${name}, CPU`,
      value: median((measures[index] ?? []).map((m) => m.cpuMicros)),
      unit: "µs a request",
    },
  ]);
  const [own = [], ...others] = measures;
  for (const [index, other] of others.entries()) {
    const ratios = own.map((measure, round) => measure.perSecond / (other[round]?.perSecond ?? Number.NaN));
    const target = index === 0 ? { target: { least: 0.9 } } : {};
    rows.push({
      what: `throughput against ${clients[index + 1]?.name}`,
      value: median(ratios),
      unit: "times",
      ...target,
    });
  }
  return rows;
}
