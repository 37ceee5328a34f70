// A part of npm run test:long. SEED and RUNS say what is played.
import { playKills } from "./kills.ts";

const { SEED = "1", RUNS = "10000" } = process.env;
const { kills, right, twice, wrong } = await playKills(Number(SEED), Number(RUNS));
for (const one of wrong.slice(0, 20)) console.log(`WRONG: ${one}`);
console.log(
  `${RUNS} runs, ${right} right, ${twice} in which two workers were ended, ${kills} workers ended, ${wrong.length} wrong`,
);
process.exitCode = wrong.length === 0 && right > 0 ? 0 : 1;
