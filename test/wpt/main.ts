// Plays the web platform tests of `fetch` with ours and with that of Node. Arguments: a copy of the suite, and perhaps a
// part of the paths of the tests that are wanted.
import { HANDLERS } from "./handlers.ts";
import { judge, type Verdicts } from "./judge.ts";
import { SuiteServer } from "./server.ts";
import { readSuite } from "./tests.ts";

const [folder, part = ""] = process.argv.slice(2);
if (folder === undefined) {
  console.error("Usage: npm run test:wpt -- FOLDER [PART]; FOLDER is a copy of the web platform tests");
  process.exit(2);
}
const { tests, outside } = readSuite(folder);
const wanted = tests.filter(({ path }) => path.includes(part));
const server = await SuiteServer.start(folder, HANDLERS);
const verdicts: Verdicts = { passed: 0, known: new Map(), unknown: [] };
for (const test of wanted) await judge(server, test, verdicts);
await server.close();

print("Pages that do not apply:", outside);
print("Tests that do not pass, as known:", verdicts.known);
for (const line of verdicts.unknown) console.log(`DIFFERENT ${line}`);
const known = [...verdicts.known.values()].reduce((sum, count) => sum + count, 0);
console.log(
  `${wanted.length} pages: ${verdicts.passed} tests pass, ${known} differ as known, ${verdicts.unknown.length} differ`,
);
process.exitCode = verdicts.unknown.length === 0 && verdicts.passed > known ? 0 : 1;

function print(title: string, reasons: ReadonlyMap<string, number>): void {
  console.log(title);
  for (const [reason, count] of [...reasons].sort(([, a], [, b]) => b - a))
    console.log(`${String(count).padStart(5)}  ${reason}`);
}
