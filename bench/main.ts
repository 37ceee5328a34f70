import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Benchmark, meetsTarget, type Row } from "./benchmark.ts";
import { bodies } from "./bodies.ts";
import { budget } from "./budget.ts";
import { clients } from "./clients.ts";
import { extras } from "./extras.ts";
import { fleet } from "./fleet.ts";
import { gets } from "./gets.ts";
import { holds } from "./holds.ts";
import { hostile } from "./hostile.ts";
import { http2 } from "./http2.ts";
import { inFlight } from "./in-flight.ts";
import { javascript } from "./javascript.ts";
import { mebibytes } from "./mebibytes.ts";
import { drawBars } from "./plot.ts";
import { policy } from "./policy.ts";
import { posts } from "./posts.ts";
import { queued } from "./queued.ts";
import { scripts } from "./scripts.ts";
import { soak } from "./soak.ts";
import { start } from "./start.ts";
import { streams } from "./streams.ts";
import { testing } from "./testing.ts";
import { uploads } from "./uploads.ts";
import { waiting } from "./waiting.ts";
import { workers } from "./workers.ts";

// Usage: npm run bench -- [NAME …] [--json] [--svg FOLDER]
const BENCHMARKS: readonly Benchmark[] = [
  gets,
  clients,
  extras,
  posts,
  start,
  uploads,
  bodies,
  mebibytes,
  queued,
  inFlight,
  http2,
  fleet,
  scripts,
  javascript,
  waiting,
  workers,
  budget,
  hostile,
  policy,
  soak,
  streams,
  holds,
  testing,
];

const { positionals, values } = parseArgs({
  options: { json: { type: "boolean", default: false }, svg: { type: "string" } },
  allowPositionals: true,
});
const unknown = positionals.find((name) => !BENCHMARKS.some((benchmark) => benchmark.name === name));
if (unknown !== undefined) {
  console.error(
    `there is no benchmark "${unknown}"; the names are ${BENCHMARKS.map(({ name }) => name).join(", ")}`,
  );
  process.exit(2);
}

const results: Record<string, Row[]> = {};
for (const benchmark of BENCHMARKS) {
  if (positionals.length > 0 && !positionals.includes(benchmark.name)) continue;
  if (!values.json) console.log(`\n${benchmark.name}: ${benchmark.about}`);
  const rows = await benchmark.run();
  results[benchmark.name] = rows;
  if (!values.json) for (const row of rows) console.log(formatRow(row));
  if (values.svg !== undefined) await draw(values.svg, benchmark, rows);
}
if (values.json) {
  const machine = { node: process.version, platform: process.platform, arch: process.arch };
  console.log(JSON.stringify({ ...machine, results }, null, 2));
}

/** Writes the plot of a benchmark that has bars, with the machine and the date. */
async function draw(folder: string, { name, about }: Benchmark, rows: readonly Row[]): Promise<void> {
  const [cpu] = cpus();
  const date = new Date().toISOString().slice(0, "YYYY-MM-DD".length);
  const note = `Node ${process.versions.node}, ${process.platform}, ${cpus().length} × ${cpu?.model}, ${date}. Shorter is better.`;
  const image = drawBars(about, rows, note);
  if (image === null) return;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.svg`), image);
}

function formatRow(row: Row): string {
  const { what, value, spread, unit, target } = row;
  const range = spread === undefined ? "" : ` (${spread.map(formatNumber).join(" to ")})`;
  const line = `  ${what.padEnd(56)} ${formatNumber(value).padStart(10)} ${unit}${range}`;
  if (target === undefined) return line;
  const bound = "least" in target ? `at least ${target.least}` : `at most ${target.most}`;
  return `${line.padEnd(82)} ${meetsTarget(row) ? "ok" : "MISSED"} (${bound})`;
}

function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
