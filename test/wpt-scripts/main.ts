// Runs the web platform tests of what scripts in JavaScript have. Arguments: the folder of the tests, and perhaps a part
// of the paths of those that are wanted. It exits with 1 if a test fails that is not known to.
import { FILES } from "./files.ts";
import { KNOWN } from "./known.ts";
import { SuiteWorld, type TestResult } from "./suite-world.ts";

const LONGEST_LINE = 300;

const [folder = "", wanted = ""] = process.argv.slice(2);
const files = FILES.filter((path) => path.includes(wanted));
const world = await SuiteWorld.create(folder);
const results: TestResult[] = [];
for (const path of files) {
  const ended = await world.run(path);
  for (const { name, message } of ended.filter(isUnknown))
    console.log(`${path}: ${name}: ${message}`.slice(0, LONGEST_LINE));
  results.push(...ended);
}
await world.close();
const passed = results.filter(({ isPassed }) => isPassed).length;
const unknown = results.filter(isUnknown).length;
const known = results.length - passed - unknown;
console.log(
  `${files.length} files: ${passed} of ${results.length} tests pass, ${known} are known to fail, ${unknown} fail`,
);
process.exitCode = unknown === 0 && passed > 0 ? 0 : 1;

function isUnknown({ name, isPassed }: TestResult): boolean {
  return !isPassed && !Object.keys(KNOWN).some((part) => name.includes(part));
}
