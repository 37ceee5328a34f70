import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CallingFleet, LEASE_MS, LIMITS, until } from "../support/calling-fleet.ts";
import { Evictions } from "../support/evictions.ts";
import { CountingServer } from "../support/fleet-processes.ts";
import { RedisServer, Switch } from "../support/redis-server.ts";
import { readText } from "../support/root.ts";

/** Rounds, connections that open, a machine that does much else. */
const SLACK_MS = 4000;

let fleet: CallingFleet;
let redis: RedisServer;
let server: CountingServer;

beforeEach(async () => {
  redis = await RedisServer.start();
  fleet = await CallingFleet.at(redis.port);
  server = fleet.server;
});
afterEach(async () => {
  await fleet[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

describe("four processes, 200 calls at a time each", () => {
  it("never have more connections than one, and are as quick", { timeout: 120_000 }, async () => {
    // At the same time, so that the machine is as quick for both.
    await using other = await CountingServer.start();
    await fleet.start({ atOnce: 200, redis: null, url: other.url });
    const four = await Promise.all(
      Array.from({ length: 4 }, () => fleet.start({ atOnce: 200, whenLost: "closed" })),
    );
    await until("all have their share", async () => {
      const reports = await Promise.all(four.map((process) => process.report()));
      return server.open === 8 && reports.every((report) => (report.fleet?.leases ?? 0) >= 2);
    });
    const [many, one] = await Promise.all([server.measure(5000), other.measure(5000)]);
    const ratio = many / one;
    console.log(
      `four processes: ${many.toFixed(1)} calls a second, one: ${one.toFixed(1)}, ratio ${ratio.toFixed(3)}`,
    );
    assert.ok(ratio >= 0.9, `${ratio}`);
    assert.equal(server.most, LIMITS.maxHost);
    assert.equal(other.most, LIMITS.maxHost);
    for (const process of four) assert.equal((await process.report()).fleet?.processes, 4);
  });
});

describe("a process of a fleet that is killed", () => {
  it("leaves its connections to others within the life of its leases", { timeout: 120_000 }, async () => {
    const [first, second] = [await fleet.start(), await fleet.start()];
    await until("both have their share", async () => {
      const reports = await Promise.all([first, second].map((process) => process.report()));
      return server.open === 8 && reports.every((report) => (report.fleet?.leases ?? 0) >= 4);
    });
    await first.kill();
    fleet.processes = [second];
    const tookMs = await until("the other has all", async () => (await second.report()).fleet?.leases === 8);
    console.log(`a killed process: its leases were back after ${Math.round(tookMs)} ms, of ${LEASE_MS}`);
    assert.ok(tookMs <= LEASE_MS + SLACK_MS, `${tookMs} ms`);
    assert.equal(server.most, LIMITS.maxHost);
    await fleet.stopAll();
    assert.equal(await redis.command("DBSIZE"), "0");
  });
});

describe("a fleet whose Redis", () => {
  it("is stopped for ten seconds, and started again", { timeout: 120_000 }, async () => {
    await Promise.all([fleet.start(), fleet.start(), fleet.start(), fleet.start()]);
    await fleet.assertLimit();
    await redis.stop();
    await fleet.reach("lost");
    await fleet.goOn();
    // Each goes on with its share, which is 2 of 8 connections.
    await sleep(LEASE_MS);
    await fleet.assertLimit(10_000 - LEASE_MS);
    await fleet.goOn();
    await redis.start();
    await fleet.reach("joined");
    await sleep(LEASE_MS);
    await fleet.assertLimit();
    await fleet.stopAll();
  });

  it("stands still", { timeout: 120_000 }, async () => {
    await Promise.all([fleet.start(), fleet.start()]);
    await fleet.assertLimit();
    redis.signal("SIGSTOP");
    await fleet.reach("lost");
    await fleet.goOn();
    await fleet.assertLimit(LEASE_MS);
    redis.signal("SIGCONT");
    await fleet.reach("joined");
    await fleet.assertLimit();
    await fleet.stopAll();
  });

  it("forgets everything, and its scripts", { timeout: 120_000 }, async () => {
    await Promise.all([fleet.start(), fleet.start(), fleet.start(), fleet.start()]);
    await fleet.assertLimit();
    for (let time = 0; time < 2; time++) {
      await redis.command("FLUSHALL");
      await redis.command("SCRIPT", "FLUSH");
      await sleep(LEASE_MS);
      await fleet.assertLimit();
    }
    await fleet.reach("joined");
    await fleet.stopAll();
  });

  it("fails over to a replica", { timeout: 120_000 }, async () => {
    await using way = await Switch.to(redis.port);
    await using replica = await RedisServer.start("--replicaof", "127.0.0.1", `${redis.port}`);
    await Promise.all(Array.from({ length: 4 }, () => fleet.start({ redis: way.port })));
    await until("it follows", async () =>
      (await replica.command("INFO", "replication")).includes("master_link_status:up"),
    );
    await fleet.assertLimit();
    await redis.stop();
    await replica.command("REPLICAOF", "NO", "ONE");
    way.turn(replica.port);
    await fleet.reach("joined");
    await sleep(LEASE_MS);
    await fleet.assertLimit();
    await fleet.goOn();
    await fleet.stopAll();
  });

  it("is a replica that may only be read: it says so, and nothing stops", { timeout: 120_000 }, async () => {
    await using way = await Switch.to(redis.port);
    await using replica = await RedisServer.start("--replicaof", "127.0.0.1", `${redis.port}`);
    const process = await fleet.start({ redis: way.port });
    await until("it has all", () => server.open === LIMITS.maxHost);
    way.turn(replica.port);
    await until("it is told", async () =>
      /read-only replica/.test((await process.report()).fleet?.reason ?? ""),
    );
    await fleet.goOn();
    way.turn(redis.port);
    await fleet.reach("joined");
    await fleet.stopAll();
  });

  it("has something else under its names: it says so, and nothing stops", { timeout: 120_000 }, async () => {
    const process = await fleet.start();
    await until("it has all", () => server.open === LIMITS.maxHost);
    const total = (await redis.command("KEYS", "hb1:*:total")).split("\n")[0] ?? "";
    await redis.command("SET", total, "text");
    await until("it is told", async () => /another type/.test((await process.report()).fleet?.reason ?? ""));
    await fleet.goOn();
    await redis.command("DEL", total);
    await fleet.reach("joined");
    await fleet.stopAll();
  });

  it("throws away single keys, because its memory is full", { timeout: 120_000 }, async () => {
    await using evictions = new Evictions(redis);
    await Promise.all(Array.from({ length: 4 }, () => fleet.start()));
    await fleet.assertLimit();
    await evictions.begin();
    server.forgetMost();
    const lost = await evictions.see("host", 10);
    console.log(`keys thrown away: ${JSON.stringify(lost)}, at most ${server.most} connections`);
    assert.ok(server.most <= LIMITS.maxHost, `${server.most} connections`);
    await fleet.goOn();
    await evictions.end();
    await fleet.reach("joined");
    await sleep(LEASE_MS);
    await fleet.assertLimit();
    await fleet.stopAll();
  });

  it("is full: it says so, and nothing stops", { timeout: 120_000 }, async () => {
    const process = await fleet.start();
    await until("it has all", () => server.open === LIMITS.maxHost);
    await redis.command("CONFIG", "SET", "maxmemory", "1");
    await until("it is told", async () => /maxmemory/.test((await process.report()).fleet?.reason ?? ""));
    await fleet.goOn();
    await redis.command("CONFIG", "SET", "maxmemory", "0");
    await fleet.reach("joined");
    await fleet.stopAll();
  });

  it("lets a user do nothing but what docs/fleet.md says", { timeout: 120_000 }, async () => {
    const [, rights = ""] = /a user needs `([^`]*)`/.exec(readText("docs/fleet.md")) ?? [];
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
      ...rights.split(" "),
    );
    await fleet.start();
    await until("it has all", () => server.open === LIMITS.maxHost);
    await fleet.reach("joined");
  });
});
