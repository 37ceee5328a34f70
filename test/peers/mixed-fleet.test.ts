import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { SyncRequest } from "../../host/fleet/lease-server.ts";
import { runnerOf } from "../../host/fleet/redis/client.ts";
import { RedisLeases } from "../../host/fleet/redis/redis-leases.ts";
import { CallingFleet, LIMITS, until } from "../support/calling-fleet.ts";
import { type OpenClient, openClient } from "../support/redis-clients.ts";
import { RedisServer } from "../support/redis-server.ts";

const SMALL = { maxTotal: 5, maxHost: 3 };

describe("processes of one fleet with different options, over Redis", () => {
  let redis: RedisServer;
  let opened: OpenClient;
  before(async () => {
    redis = await RedisServer.start();
    opened = await openClient("ioredis5", redis.port);
  });
  after(async () => {
    await opened.close();
    await redis[Symbol.asyncDispose]();
  });

  const leasesOf = (thread: string) => new RedisLeases(runnerOf(opened.client), { fleet: "mixed", thread });
  const requestOf = (member: string, leaseMs: number, held = 0): SyncRequest => ({
    member,
    number: 1,
    epoch: 0,
    terms: { ...LIMITS, leaseMs },
    longestMs: 0,
    total: { held, used: held, want: 2 },
    hosts: [{ host: "a:1", held, used: held, want: 2 }],
  });

  it("keep to the smallest limits, and nobody starves", { timeout: 120_000 }, async () => {
    await using fleet = await CallingFleet.at(redis.port);
    const { server } = fleet;
    await fleet.start();
    await until("one has all", () => server.open === LIMITS.maxHost);
    const small = await fleet.start(SMALL);
    await until("there are no more than the small one may have", () => server.open === SMALL.maxHost);
    server.forgetMost();
    await fleet.goOn();
    await fleet.goOn();
    assert.ok(server.most <= SMALL.maxHost, `${server.most} connections`);
    for (const { fleet: stats } of await fleet.reports()) assert.equal(stats?.maxHost, SMALL.maxHost);
    await small.stop();
    fleet.processes.pop();
    await until("the other has all again", () => server.open === LIMITS.maxHost);
    await fleet.stopAll();
  });

  it("keep keys for as long as the longest lease, whoever speaks last", async () => {
    const leases = leasesOf("lives");
    await leases.sync(requestOf("long", 60_000, 1));
    const { terms } = await leases.sync(requestOf("short", 1000));
    assert.equal(terms.leaseMs, 60_000);
    for (const key of (await redis.command("KEYS", "hb1:*")).split("\n"))
      assert.ok(Number(await redis.command("PTTL", key)) > 30_000, key);
  });

  it("do not join one whose version counts in another way, until that has ended", async () => {
    await redis.command("FLUSHALL");
    const leases = leasesOf("versions");
    await leases.sync(requestOf("me", 60_000));
    const key = await redis.command("KEYS", "hb1:*:total");
    for (const epoch of ["1 2 3 2", "1 2", "another version"]) {
      await redis.command("HSET", key, "epoch", epoch);
      const left = await redis.command("HGETALL", key);
      await assert.rejects(leases.sync(requestOf("me", 60_000)), /version of http-background/);
      assert.equal(await redis.command("HGETALL", key), left, "nothing is written");
    }
    await redis.command("DEL", key);
    await leases.sync(requestOf("me", 60_000));
  });
});
