// Loaded before every test file. It fails a file that leaves a handle open, because its process would never end.
import { after } from "node:test";
import { isMainThread } from "node:worker_threads";

// Time for what is still closing when the last test ends.
const ENOUGH_MS = 10_000;

if (isMainThread) {
  after(() => {
    setTimeout(fail, ENOUGH_MS).unref();
  });
}

function fail(): void {
  console.error(`these handles are still open: ${process.getActiveResourcesInfo().join(", ")}`);
  process.exit(1);
}
