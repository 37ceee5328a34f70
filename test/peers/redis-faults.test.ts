import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redisFleet } from "../../host/fleet/redis/index.ts";
import { createHttpBackground } from "../../host/index.ts";
import { until } from "../support/calling-fleet.ts";
import { openClient } from "../support/redis-clients.ts";
import { RedisServer } from "../support/redis-server.ts";

/** Servers that cannot count, by their options, and what is said of them. */
const UNFIT: readonly (readonly [name: string, options: readonly string[], reason: RegExp])[] = [
  ["has no EVALSHA", ["--rename-command", "EVALSHA", ""], /no scripts/],
  ["has no EVAL", ["--rename-command", "EVAL", ""], /no scripts/],
  ["has no TIME", ["--rename-command", "TIME", ""], /lacks a command.*TIME/],
  ["has no ZADD", ["--rename-command", "ZADD", ""], /lacks a command.*ZADD/],
  ["has too few replicas", ["--min-replicas-to-write", "1"], /fewer replicas/],
  ["is full", ["--maxmemory", "1mb"], /maxmemory/],
];

/** What holds for a process that never had an answer. */
async function assertLost(redis: RedisServer, reason: RegExp): Promise<void> {
  const { client, close } = await openClient("ioredis5", redis.port);
  const fleet = redisFleet(client, { name: "unfit", whenLost: "closed" });
  const http = await createHttpBackground({ threads: [{ id: "t", max_total: 4 }] }, { fleet });
  try {
    const stats = () => http.stats().t?.fleet;
    await until("it is lost", () => stats()?.state === "lost");
    assert.match(stats()?.reason ?? "", reason);
    const { code } = await http.http_background("t", "http://127.0.0.1:1/");
    assert.equal(code, "FLEET_UNAVAILABLE");
  } finally {
    await http.close();
    await close();
  }
}

describe("a server of a fleet that", () => {
  for (const [name, options, reason] of UNFIT)
    it(`${name} is told in words`, { timeout: 60_000 }, async () => {
      await using redis = await RedisServer.start(...options);
      await assertLost(redis, reason);
    });

  it("is a node of a cluster with slots elsewhere is told in words", { timeout: 60_000 }, async () => {
    await using redis = await RedisServer.start("--cluster-enabled", "yes");
    await assertLost(redis, /cluster lacks slots/);
  });
});
