import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CallingProcess, CountingServer, type ProcessOrder } from "../support/fleet-processes.ts";
import { RedisServer, Switch } from "../support/redis-server.ts";

const LEASE_MS = 6000;
const TIMEOUT_MS = 2000;
const LIMITS = { maxTotal: 20, maxHost: 8 };
/** Rounds, connections that open, a machine that does much else. */
const SLACK_MS = 4000;

let redis: RedisServer;
let server: CountingServer;
let processes: CallingProcess[];

beforeEach(async () => {
  redis = await RedisServer.start();
  server = await CountingServer.start();
  processes = [];
});
afterEach(async () => {
  await Promise.all(processes.map((process) => process.kill()));
  await server[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

async function start(changes: Partial<ProcessOrder> = {}): Promise<CallingProcess> {
  const process = await CallingProcess.start({
    client: "ioredis5",
    url: server.url,
    atOnce: 20,
    redis: redis.port,
    leaseMs: LEASE_MS,
    timeoutMs: TIMEOUT_MS,
    ...LIMITS,
    ...changes,
  });
  processes.push(process);
  return process;
}

async function stopAll(): Promise<void> {
  for (const process of processes) assert.equal((await process.report()).failed, 0);
  await Promise.all(processes.map((process) => process.stop()));
  processes = [];
}

/** Waits until it is so. */
async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 40_000,
): Promise<number> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > withinMs) assert.fail(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
  return performance.now() - startedAt;
}

function areAll(state: "joined" | "lost"): () => Promise<boolean> {
  return async () => {
    const reports = await Promise.all(processes.map((process) => process.report()));
    return reports.every(({ fleet }) => fleet?.state === state);
  };
}

/** No more connections than there may be, for a while, and all of them used. */
async function assertLimit(forMs = 2000): Promise<void> {
  server.forgetMost();
  await sleep(forMs);
  assert.ok(server.most <= LIMITS.maxHost, `${server.most} connections`);
  await until("all connections are there", () => server.open === LIMITS.maxHost);
}

/** In each process, each of those who make one call after the other has ended one. */
async function goOn(): Promise<void> {
  for (const process of processes) process.forget();
  await until("nothing hangs", async () => {
    const reports = await Promise.all(processes.map((process) => process.report()));
    return reports.every(({ least, failed }) => least > 0 && failed === 0);
  });
}

describe("four processes, 200 calls at a time each", () => {
  it("never have more connections than one, and are as quick", { timeout: 120_000 }, async () => {
    // At the same time, so that the machine is as quick for both.
    await using other = await CountingServer.start();
    await start({ atOnce: 200, redis: null, url: other.url });
    const fleet = await Promise.all(
      Array.from({ length: 4 }, () => start({ atOnce: 200, whenLost: "closed" })),
    );
    await until("all have their share", async () => {
      const reports = await Promise.all(fleet.map((process) => process.report()));
      return server.open === 8 && reports.every(({ fleet: stats }) => (stats?.leases ?? 0) >= 2);
    });
    const [many, one] = await Promise.all([server.measure(5000), other.measure(5000)]);
    const ratio = many / one;
    console.log(
      `four processes: ${many.toFixed(1)} calls a second, one: ${one.toFixed(1)}, ratio ${ratio.toFixed(3)}`,
    );
    assert.ok(ratio >= 0.9, `${ratio}`);
    assert.equal(server.most, LIMITS.maxHost);
    assert.equal(other.most, LIMITS.maxHost);
    for (const process of fleet) assert.equal((await process.report()).fleet?.processes, 4);
  });
});

describe("a process of a fleet that is killed", () => {
  it("leaves its connections to others within the life of its leases", { timeout: 120_000 }, async () => {
    const [first, second] = [await start(), await start()];
    await until("both have their share", async () => {
      const reports = await Promise.all([first, second].map((process) => process.report()));
      return server.open === 8 && reports.every(({ fleet }) => (fleet?.leases ?? 0) >= 4);
    });
    await first.kill();
    processes = [second];
    const tookMs = await until("the other has all", async () => (await second.report()).fleet?.leases === 8);
    console.log(`a killed process: its leases were back after ${Math.round(tookMs)} ms, of ${LEASE_MS}`);
    assert.ok(tookMs <= LEASE_MS + SLACK_MS, `${tookMs} ms`);
    assert.equal(server.most, LIMITS.maxHost);
    await stopAll();
    assert.equal(await redis.command("DBSIZE"), "0");
  });
});

describe("a fleet whose Redis", () => {
  it("is stopped for ten seconds, and started again", { timeout: 120_000 }, async () => {
    await Promise.all([start(), start(), start(), start()]);
    await assertLimit();
    await redis.stop();
    await until("all know", areAll("lost"));
    await goOn();
    // Each goes on with its share, which is 2 of 8 connections.
    await sleep(LEASE_MS);
    await assertLimit(10_000 - LEASE_MS);
    await goOn();
    await redis.start();
    await until("all are back", areAll("joined"));
    await sleep(LEASE_MS);
    await assertLimit();
    await stopAll();
  });

  it("stands still", { timeout: 120_000 }, async () => {
    await Promise.all([start(), start()]);
    await assertLimit();
    redis.signal("SIGSTOP");
    await until("all know", areAll("lost"));
    await goOn();
    await assertLimit(LEASE_MS);
    redis.signal("SIGCONT");
    await until("all are back", areAll("joined"));
    await assertLimit();
    await stopAll();
  });

  it("forgets everything, and its scripts", { timeout: 120_000 }, async () => {
    await Promise.all([start(), start(), start(), start()]);
    await assertLimit();
    for (let time = 0; time < 2; time++) {
      await redis.command("FLUSHALL");
      await redis.command("SCRIPT", "FLUSH");
      await sleep(LEASE_MS);
      await assertLimit();
    }
    await until("all are back", areAll("joined"));
    await stopAll();
  });

  it("fails over to a replica", { timeout: 120_000 }, async () => {
    await using way = await Switch.to(redis.port);
    await using replica = await RedisServer.start("--replicaof", "127.0.0.1", `${redis.port}`);
    await Promise.all(Array.from({ length: 4 }, () => start({ redis: way.port })));
    await until("it follows", async () =>
      (await replica.command("INFO", "replication")).includes("master_link_status:up"),
    );
    await assertLimit();
    await redis.stop();
    await replica.command("REPLICAOF", "NO", "ONE");
    way.turn(replica.port);
    await until("all are back", areAll("joined"));
    await sleep(LEASE_MS);
    await assertLimit();
    await goOn();
    await stopAll();
  });

  it("is a replica that may only be read: it says so, and nothing stops", { timeout: 120_000 }, async () => {
    await using way = await Switch.to(redis.port);
    await using replica = await RedisServer.start("--replicaof", "127.0.0.1", `${redis.port}`);
    const process = await start({ redis: way.port });
    await until("it has all", () => server.open === LIMITS.maxHost);
    way.turn(replica.port);
    await until("it is told", async () =>
      /read-only replica/.test((await process.report()).fleet?.reason ?? ""),
    );
    await goOn();
    way.turn(redis.port);
    await until("it is back", areAll("joined"));
    await stopAll();
  });

  it("has something else under its names: it says so, and nothing stops", { timeout: 120_000 }, async () => {
    const process = await start();
    await until("it has all", () => server.open === LIMITS.maxHost);
    const total = (await redis.command("KEYS", "hb1:*:total")).split("\n")[0] ?? "";
    await redis.command("SET", total, "text");
    await until("it is told", async () => /another type/.test((await process.report()).fleet?.reason ?? ""));
    await goOn();
    await redis.command("DEL", total);
    await until("it is back", areAll("joined"));
    await stopAll();
  });

  it("is full: it says so, and nothing stops", { timeout: 120_000 }, async () => {
    const process = await start();
    await until("it has all", () => server.open === LIMITS.maxHost);
    await redis.command("CONFIG", "SET", "maxmemory", "1");
    await until("it is told", async () => /maxmemory/.test((await process.report()).fleet?.reason ?? ""));
    await goOn();
    await redis.command("CONFIG", "SET", "maxmemory", "0");
    await until("it is back", areAll("joined"));
    await stopAll();
  });

  it("lets a user do nothing but what docs/fleet.md says", { timeout: 120_000 }, async () => {
    const rights = "+eval +evalsha +time +exists +hgetall +hset +hdel +pexpire ~hb1:*".split(" ");
    // What the client itself sends when it connects.
    await redis.command(
      "ACL",
      "SETUSER",
      "default",
      "resetkeys",
      "-@all",
      "+info",
      "+client",
      "+ping",
      ...rights,
    );
    await start();
    await until("it has all", () => server.open === LIMITS.maxHost);
    await until("it is joined", areAll("joined"));
  });
});
