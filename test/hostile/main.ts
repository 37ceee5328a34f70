// npm run test:hostile plays all cases and prints the outcomes. The variables SEED, CASES, FIRST and ONLY choose other
// cases.
import { playCorpus, type Usage } from "./corpus.ts";

const numberOf = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise);

const seed = numberOf("SEED", Math.floor(Date.now() / 1000));
const cases = numberOf("CASES", 100_000);
console.log(`seed ${seed}, ${cases} cases`);
const { outcomes, ms, before, after } = await playCorpus({
  seed,
  cases,
  first: numberOf("FIRST", 0),
  only: process.env.ONLY,
  onProgress: (played) => {
    if (played % 10_000 === 0) console.log(`${played} played`);
  },
});
for (const [kind, counts] of outcomes) {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const list = [...counts].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${outcome} ${count}`);
  console.log(`${String(total).padStart(7)}  ${kind}: ${list.join(", ")}`);
}
console.log(`${(ms / 1000).toFixed(1)} s, ${Math.round(cases / (ms / 1000))} cases a second`);
for (const [when, usage] of Object.entries({ before, after }) as [string, Usage][]) {
  console.log(
    `${when}: ${usage.rssMiB} MiB resident, ${usage.heapMiB} MiB heap, ${usage.externalMiB} MiB external, ${usage.handles} handles open`,
  );
}
console.log("no harm done");
