// A part of npm run test:long. SEED and CALLS say what is played.
import { playFaults } from "./faults.ts";

const A_ROUND = 1000;

const { SEED = "1", CALLS = "20000" } = process.env;
let played = 0;
for (let seed = Number(SEED); played < Number(CALLS); seed++) {
  const counts = await playFaults(seed, A_ROUND);
  played += A_ROUND;
  const list = Object.entries(counts).map(([outcome, count]) => `${outcome} ${count}`);
  console.log(`seed ${seed}: ${list.join(", ")}`);
}
console.log(`${played} calls over HTTP/2, all ended`);
