// Runs everything that takes too long for every change, and prints a table of figures. It exits with 1 if anything failed.
// Usage: npm run test:long -- [PART …] [--short] [--seed N]   (default: all parts, another seed each time)
import { parseArgs } from "node:util";
import { PARTS } from "./long/parts.js";
import { runPart } from "./long/run-part.js";

const WIDTH = Math.max(...PARTS.map(({ name }) => name.length));

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    short: { type: "boolean", default: false },
    seed: { type: "string", default: String(Math.floor(Date.now() / 1000)) },
  },
});
const seed = Number(values.seed);
const unknown = positionals.find((name) => !PARTS.some((part) => part.name === name));
if (unknown !== undefined || !Number.isSafeInteger(seed)) {
  console.error("Usage: npm run test:long -- [PART …] [--short] [--seed N]; the parts are");
  for (const { name, about } of PARTS) console.error(`  ${name.padEnd(WIDTH)} ${about}`);
  process.exit(2);
}

const results = [];
for (const part of PARTS) {
  if (positionals.length > 0 ? !positionals.includes(part.name) : part.isMissing?.()) continue;
  console.log(`\n##### ${part.name}: ${part.about}\n`);
  results.push(await runPart(part, { seed, isShort: values.short }));
}

console.log(`\n##### Node ${process.versions.node}, seed ${seed}\n`);
for (const { name, isGood, minutes, figures } of results) {
  const head = `${name.padEnd(WIDTH)} ${isGood ? "ok    " : "FAILED"} ${minutes.toFixed(1).padStart(6)} min  `;
  const [first = "no figures", ...others] = figures;
  console.log(head + first);
  for (const figure of others) console.log(" ".repeat(head.length) + figure);
}
process.exitCode = results.every(({ isGood }) => isGood) ? 0 : 1;
