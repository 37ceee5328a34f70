// Plays Test262, the tests of JavaScript itself, in the engine of scripts alone and as scripts of a runtime, with a worker
// and without one: what the engine does must not change. It exits with 1 if something else comes out that is not known.
// Usage: main.js FOLDER [PART] [--sample COUNT] [--seed SEED]
import { parseArgs } from "node:util";
import { createBarePlayer } from "./bare.ts";
import { HostedPlayer } from "./hosted.ts";
import { judge } from "./judge.ts";
import { KNOWN } from "./known.ts";
import { programOf } from "./program.ts";
import { choose } from "./sample.ts";
import { Suite } from "./suite.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: "string" }, seed: { type: "string" } },
});
const [folder, part] = positionals;
if (folder === undefined) {
  console.error(
    "Usage: npm run test:262 -- FOLDER [PART] [--sample COUNT] [--seed SEED]; FOLDER is a copy of tc39/test262",
  );
  process.exit(2);
}
const suite = new Suite(folder);
const seed = Number(values.seed ?? Math.floor(Date.now() / 1000));
const paths = choose(suite.list(part), Number(values.sample ?? Number.POSITIVE_INFINITY), seed);
console.log(`seed ${seed}, ${paths.length} files`);

const players = [
  await createBarePlayer(),
  await HostedPlayer.create("worker", 1),
  await HostedPlayer.create("confined", 0),
];
const PROGRESS = 1000;
const counts = { passed: 0, equal: 0, known: 0, different: 0 };
for (const [at, path] of paths.entries()) {
  for (const test of suite.read(path)) await playOne(test);
  if ((at + 1) % PROGRESS === 0) console.log(`${at + 1} files: ${JSON.stringify(counts)}`);
}
for (const player of players) await player.close();
console.log(
  `${paths.length} files: ${counts.equal} runs equal, ${counts.known} different as known, ${counts.different} different; the engine passes ${counts.passed}`,
);
process.exitCode = counts.different === 0 && counts.passed > 0 ? 0 : 1;

async function playOne(test: ReturnType<Suite["read"]>[number]): Promise<void> {
  const program = programOf(test);
  const played = await Promise.all(
    players.map(async (player) => ({ name: player.name, lines: await player.play(program) })),
  );
  const { isPassed, differences } = judge(test, played);
  if (isPassed) counts.passed++;
  if (differences.length === 0) counts.equal++;
  else if (Object.keys(KNOWN).some((name) => test.path.includes(name))) counts.known++;
  else {
    counts.different++;
    for (const difference of differences) console.log(`DIFFERENT ${test.path} (${test.mode}): ${difference}`);
  }
}
