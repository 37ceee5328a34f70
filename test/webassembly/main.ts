// Plays files that wast2json has made of the WebAssembly test suite, on confined modules. Arguments: the files.
import { emptyTally, playFile } from "./play.ts";

const tally = emptyTally();
for (const path of process.argv.slice(2)) playFile(path, tally);
const refused = [...tally.refusals].sort(([, a], [, b]) => b - a);
for (const [why, count] of refused) console.log(`${String(count).padStart(7)} modules: ${why}`);
for (const text of [...tally.different, ...tally.accepted]) console.log(`  DIFFERENT ${text}`);
console.log(
  `${tally.equal} assertions equal, ${tally.different.length} different, ${tally.skipped} not played; ` +
    `${tally.invalid} invalid modules refused, ${tally.accepted.length} accepted`,
);
process.exitCode = tally.different.length + tally.accepted.length === 0 && tally.equal > 0 ? 0 : 1;
