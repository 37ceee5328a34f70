import { createHttpBackground, type PolicyRules } from "../host/index.ts";
import { createPolicy } from "../host/network/policy/policy.ts";
import type { Policy } from "../host/network/transfer/policy.ts";
import { parseUrl, type Url } from "../host/network/url/url.ts";
import { type Benchmark, median, type Row } from "./benchmark.ts";
import { startServer } from "./server.ts";
import { AT_ONCE, type Client, takeTurns } from "./turns.ts";

const THREADS = { threads: [{ id: "default", max_total: AT_ONCE }] };
// Many rounds: the difference is smaller than that between two rounds on a busy machine.
const ROUNDS = 25;
const PATH = "/small?a=b";

/** A policy of 100 rules: as a part of each request, and alone. */
export const policy: Benchmark = {
  name: "policy",
  about: `GETs of 200 bytes, ${AT_ONCE} at a time, under 100 rules, against none`,
  async run() {
    await using server = await startServer("gets");
    const url = `${server.url}${PATH}`;
    const rules = hundredRules(server.url);
    await using free = await createHttpBackground(THREADS);
    await using ruled = await createHttpBackground(THREADS, { policy: rules });
    const clients: Client[] = [
      { name: "without a policy", get: () => free.http_background("default", url) },
      { name: "under 100 rules", get: () => ruled.http_background("default", url) },
    ];
    const [without = [], under = []] = await takeTurns(clients, { rounds: ROUNDS });
    const ratios = under.map(
      (measure, round) => measure.perSecond / (without[round]?.perSecond ?? Number.NaN),
    );
    return [
      { what: "without a policy", value: median(without.map((m) => m.perSecond)), unit: "requests/s" },
      { what: "under 100 rules", value: median(under.map((m) => m.perSecond)), unit: "requests/s" },
      { what: "throughput under 100 rules", value: median(ratios), unit: "times", target: { least: 0.95 } },
      ...checkRows(rules),
    ];
  },
};

/** The server's own entry is the last of fifty. Fifty entries that do not fit are checked before. */
function hundredRules(origin: string): PolicyRules {
  const numbers = Array.from({ length: 25 }, (_, number) => number);
  return {
    allow: [
      ...numbers.map((number) => `https://*.domain-${number}.example:*`),
      ...numbers.slice(1).map((number) => `http://host-${number}.example`),
      origin,
    ],
    block: [
      ...numbers.map((number) => `*.blocked-${number}.example`),
      ...numbers.map((number) => `10.${number}.0.0/16`),
    ],
  };
}

/** The CPU time of the checks of one request: its URL and one address. */
function checkRows(rules: PolicyRules): Row[] {
  const compiled = createPolicy(rules, { audience: "script" }) as Policy;
  const check = (url: Url): void => {
    compiled.checkUrl(url);
    compiled.checkAddress(url, "93.184.216.34");
  };
  const urls = Array.from({ length: 20_000 }, (_, number) =>
    parseUrl(`https://h${number}.b.domain-24.example/`),
  );
  const [url] = urls as [Url];
  const remembered = cpuMicrosEach(1_000_000, () => check(url));
  const first = cpuMicrosEach(urls.length, (index) => check(urls[index] as Url));
  return [
    { what: "checks of one request, CPU", value: remembered, unit: "µs", target: { most: 1 } },
    { what: "checks of one request to a new host, CPU", value: first, unit: "µs" },
  ];
}

function cpuMicrosEach(times: number, run: (index: number) => void): number {
  const start = process.cpuUsage();
  for (let index = 0; index < times; index++) run(index);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / times;
}
