// npm run fuzz: plays inputs to every reader of foreign bytes, and checks its time and a second reader.
// Usage: npm run fuzz -- [TARGET …] [--seconds N] [--seed N]   (default: all targets, 60 seconds together, another seed
// each time)
import { parseArgs } from "node:util";
import { fuzz, type Report } from "./fuzzer.ts";
import { TARGETS } from "./targets.ts";
import { writeFind } from "./vectors.ts";

const { positionals, values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Math.floor(Date.now() / 1000)) },
  },
  allowPositionals: true,
});
const seed = Number(values.seed);
const seconds = Number(values.seconds);
const unknown = positionals.find((name) => !TARGETS.some((target) => target.name === name));
if (unknown !== undefined || !(seconds > 0) || !Number.isSafeInteger(seed)) {
  const names = TARGETS.map(({ name }) => name).join(", ");
  console.error(`Usage: npm run fuzz -- [TARGET …] [--seconds N] [--seed N]; targets are ${names}`);
  process.exit(2);
}

const targets = TARGETS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
console.log(`seed ${seed}, ${(seconds / targets.length).toFixed(1)} seconds for each target`);
for (const target of targets) {
  const end = performance.now() + (1000 * seconds) / targets.length;
  const report = await fuzz(target, {
    seed,
    goesOn: () => performance.now() < end,
    patience: { anyMs: 15 },
  });
  print(report);
  if (report.finds.length > 0) process.exitCode = 1;
}

function print({ target, played, outcomes, finds, longest }: Report): void {
  const list = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${count}`);
  const most = `${longest.ms.toFixed(1)} ms for ${longest.bytes} bytes`;
  console.log(
    `${target.padEnd(14)} ${String(played).padStart(7)} cases, at most ${most}: ${list.join(", ")}`,
  );
  for (const find of finds)
    console.log(`  ${find.why.split("\n", 3).join(" ")}\n    in ${writeFind(find, seed)}`);
}
