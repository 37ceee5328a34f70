import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { RedisServer } from "../support/redis-server.ts";
import { inRoot } from "../support/root.ts";

/** `npm run test:long -- peers` has 500, which take minutes. */
const JOBS = Number(process.env.JOBS ?? 100);
const WORKERS = 3;
const KILL_EACH_MS = 2000;
/** That of the script in a worker: half of `max_host` of examples/queue/worker.js. */
const MOST_CONNECTIONS = 8;

/** Counts deliveries. The first attempt of each tenth job fails. */
class Receiver {
  readonly attempts = new Map<string, number>();
  readonly delivered = new Set<string>();
  open = 0;
  most = 0;
  readonly #server = createServer((request, response) => {
    const key = String(request.headers["idempotency-key"]);
    const attempt = (this.attempts.get(key) ?? 0) + 1;
    this.attempts.set(key, attempt);
    request.resume();
    setTimeout(() => {
      response.statusCode = attempt === 1 && Number(key) % 10 === 0 ? 503 : 200;
      if (response.statusCode === 200) this.delivered.add(key);
      response.end("ok");
    }, 100);
  });

  async start(): Promise<string> {
    this.#server.on("connection", (socket) => {
      this.most = Math.max(this.most, ++this.open);
      socket.on("close", () => this.open--);
    });
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

function run(file: string, env: Record<string, string>): ChildProcess {
  const options = { cwd: inRoot(".cache/queue"), env: { ...process.env, ...env } };
  return spawn(process.execPath, [file], { ...options, stdio: ["pipe", "ignore", "ignore"] });
}

async function kill(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const exited = once(worker, "exit");
  worker.kill("SIGKILL");
  await exited;
}

describe("the recipe for queues", () => {
  it("loses no job if a worker of three is killed every two seconds, to the end", {
    timeout: 600_000,
  }, async () => {
    await using redis = await RedisServer.start();
    const receiver = new Receiver();
    const url = await receiver.start();
    const env = { REDIS_URL: `redis://127.0.0.1:${redis.port}`, ALLOW: url };
    const start = () => run("worker.js", env);
    const workers = Array.from({ length: WORKERS }, start);
    try {
      const enqueue = run("enqueue.js", env);
      enqueue.stdin?.end(Array.from({ length: JOBS }, (_, index) => `${url}/ text ${index}\n`).join(""));
      await once(enqueue, "exit");
      const count = async (state: string) => Number(await redis.command("ZCARD", `bull:deliveries:${state}`));
      for (let kills = 0; (await count("completed")) < JOBS; ) {
        await sleep(KILL_EACH_MS);
        // The machine may be so slow that a worker does not even start in this time.
        const isWorking = receiver.delivered.size > 0;
        if (isWorking) {
          await kill(workers[kills % WORKERS] as ChildProcess);
          workers[kills++ % WORKERS] = start();
        }
        const failed = await count("failed");
        console.log(`${kills} killed, ${await count("completed")} of ${JOBS} jobs done, ${failed} failed`);
        assert.equal(failed, 0);
      }
      const requests = [...receiver.attempts.values()].reduce((sum, attempts) => sum + attempts, 0);
      console.log(`${JOBS} jobs, ${requests} requests, at most ${receiver.most} connections`);
      assert.equal(receiver.delivered.size, JOBS);
      assert.equal(await count("failed"), 0);
      assert.ok(requests >= JOBS + JOBS / 10);
      assert.ok(receiver.most <= MOST_CONNECTIONS, `${receiver.most} connections`);
    } finally {
      await Promise.all(workers.map(kill));
      receiver.close();
    }
  });
});
