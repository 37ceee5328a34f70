// Does jobs, each by a run of the script. Start as many of these processes as you like: their limits are shared.
import { fileURLToPath } from "node:url";
import { UnrecoverableError, Worker } from "bullmq";
import { createHttpBackground } from "http-background";
import { redisFleet } from "http-background/fleet/redis";
import { createScriptRuntime } from "http-background/script";
import { connect, QUEUE } from "./queue.js";

const LATER = 1;
const NEVER = 2;

const connection = connect();
// The connections of a worker that was killed are those of the others after this time.
const fleet = redisFleet(connection, { name: QUEUE, leaseMs: 3000 });
const http = await createHttpBackground(
  { threads: [{ id: "default", max_total: 20, max_host: 8 }] },
  { fleet },
);
const allow = (process.env.ALLOW ?? "https://*").split(",");
const runtime = createScriptRuntime({ http, allow, limits: { timeout: 25 } });
const script = await runtime.compile(fileURLToPath(new URL("deliver.js", import.meta.url)));

const worker = new Worker(
  QUEUE,
  async ({ id, data }) => {
    const { result, output } = await script.run("default", { args: [data.url, id, data.text] });
    if (result === NEVER) throw new UnrecoverableError(output.toString().trim());
    if (result === LATER) throw new Error(output.toString().trim());
  },
  {
    connection,
    concurrency: 50,
    // The job of a worker that was killed is done by another one after this time. A worker that lives renews its locks.
    lockDuration: 10_000,
    stalledInterval: 5000,
    // How often a job may lose its worker. The default is 1: then it counts as failed, although nothing is wrong with it.
    maxStalledCount: 10,
  },
);
worker.on("error", (error) => console.error(error.message));
worker.on("failed", (job, error) => console.error(`${job?.id}: ${error.message}`));

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);

/** First the jobs that have begun end. What the fleet has lent goes back, and then nobody needs the client. */
async function stop() {
  await worker.close();
  await runtime.close();
  await http.close();
  connection.disconnect();
}
