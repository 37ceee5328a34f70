// Loaded before every file of tests: fails one that leaves a handle behind, which would hold up its process for ever.
import { after } from "node:test";
import { isMainThread } from "node:worker_threads";

// For what is being closed when the last test ends.
const ENOUGH_MS = 10_000;

if (isMainThread) {
  after(() => {
    setTimeout(fail, ENOUGH_MS).unref();
  });
}

function fail(): void {
  console.error(`these handles are left behind: ${process.getActiveResourcesInfo().join(", ")}`);
  process.exit(1);
}
