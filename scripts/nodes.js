// Runs the tests on other versions of Node.
// Usage: node scripts/nodes.js [VERSION …] [PATTERN …] [--except PATTERN …]
// By default: the oldest that is supported and the newest of each line, all tests.
import { spawnSync } from "node:child_process";
import { fetchNode, LINES } from "./nodes/fetch.js";
import { inRoot, root } from "./project.js";

const isVersion = (text) => /^[0-9]+(\.[0-9]+\.[0-9]+)?$/.test(text);
const asked = process.argv.slice(2).filter(isVersion);
const patterns = process.argv.slice(2).filter((text) => !isVersion(text));
const versions = (asked.length > 0 ? asked : Object.keys(LINES)).map((version) => LINES[version] ?? version);
const failed = [];
for (const version of versions) {
  const node = await fetchNode(version);
  console.log(`\n=== Node ${version}`);
  const { status } = spawnSync(node, [inRoot("scripts/test.js"), ...patterns], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) failed.push(version);
}
if (failed.length > 0) {
  console.error(`\nfailed on Node ${failed.join(", ")}`);
  process.exit(1);
}
