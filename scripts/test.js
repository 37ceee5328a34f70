// Runs the compiled tests. Node 20's --test takes no globs, so the files are listed here.
// Usage: node scripts/test.js [FOLDER under test, …]   (default: all but the peers)
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const tests = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist", "test");
const folders = process.argv.slice(2);

const files = readdirSync(tests, { recursive: true })
  .filter((name) => name.endsWith(".test.js"))
  .filter((name) =>
    folders.length > 0 ? folders.some((folder) => name.startsWith(folder)) : !name.startsWith("peers"),
  )
  .sort()
  .map((name) => join(tests, name));

if (files.length === 0) {
  console.error(`no tests in ${folders.join(", ") || "dist/test"}: run "npm run build" first`);
  process.exit(1);
}
const guard = pathToFileURL(join(tests, "support", "guard.js")).href;
const { status } = spawnSync(
  process.execPath,
  ["--enable-source-maps", "--import", guard, "--test", ...files],
  { stdio: "inherit" },
);
process.exit(status ?? 1);
