// Plays the WebAssembly test suite on confined modules, on each line of Node that is supported: what a module does must
// not change.
// Usage: node scripts/webassembly.js [FOLDER]   (default: the variable WEBASSEMBLY_SUITE)
// FOLDER is a copy of https://github.com/WebAssembly/testsuite, with its .wast files.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { installPackages } from "./debian.js";
import { fetchNode, LINES } from "./nodes/fetch.js";
import { inRoot, root } from "./project.js";

const WAST2JSON = "/usr/bin/wast2json";

/** Converts the files that wabt understands. Returns the paths of the new files. */
function convert(suite, folder) {
  const names = readdirSync(suite).filter((name) => name.endsWith(".wast"));
  const converted = names.map((name) => {
    const path = join(folder, name.replace(/\.wast$/, ".json"));
    spawnSync(WAST2JSON, ["--enable-all", join(suite, name), "-o", path], { stdio: "ignore" });
    return path;
  });
  const files = converted.filter((path) => existsSync(path));
  console.log(`${files.length} of ${names.length} files; wabt does not understand the others`);
  return files;
}

function play(node, files) {
  const args = ["--enable-source-maps", inRoot("dist/test/webassembly/main.js"), ...files];
  return spawnSync(node, args, { cwd: root, stdio: "inherit" }).status === 0;
}

const { WEBASSEMBLY_SUITE: suite = "" } = process.env;
const given = process.argv[2] ?? suite;
if (given === "") {
  console.error(
    "Usage: npm run test:webassembly -- FOLDER; FOLDER has the .wast files of the WebAssembly test suite",
  );
  process.exit(2);
}
installPackages({ wabt: WAST2JSON });
const folder = mkdtempSync(join(tmpdir(), "webassembly-"));
try {
  const files = convert(resolve(given), folder);
  for (const version of Object.values(LINES)) {
    const node = await fetchNode(version);
    console.log(`\n=== Node ${version}`);
    if (!play(node, files)) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
