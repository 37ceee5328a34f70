import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { CallingFleet, LEASE_MS, LIMITS } from "../support/calling-fleet.ts";
import type { CLIENTS } from "../support/redis-clients.ts";
import { RedisGroup } from "../support/redis-groups.ts";

type Client = (typeof CLIENTS)[number];

/** Which clients find the new primary by themselves, with the defaults of their packages. */
const GROUPS: readonly {
  readonly name: string;
  readonly start: () => Promise<RedisGroup>;
  readonly clients: readonly Client[];
  /** It goes on asking the dead one. */
  readonly lost?: Client;
}[] = [
  {
    name: "sentinels",
    start: RedisGroup.ofSentinels,
    clients: ["redis5", "redis6", "ioredis5", "ioredis6", "iovalkey"],
  },
  {
    name: "a cluster",
    start: RedisGroup.ofCluster,
    clients: ["redis4", "redis6", "ioredis5", "ioredis6", "iovalkey"],
    lost: "redis5",
  },
];

describe("a fleet whose primary is killed", () => {
  for (const { name, start, clients, lost } of GROUPS) {
    it(`goes on with the one that ${name} chose`, { timeout: 120_000 }, async () => {
      await using group = await start();
      await using fleet = await CallingFleet.at(group.address);
      await Promise.all(clients.map((client) => fleet.start({ client })));
      await using alone = await CallingFleet.at(group.address);
      if (lost !== undefined) await alone.start({ client: lost, name: "alone" });
      await alone.reach("joined");
      await fleet.reach("joined");
      await fleet.assertLimit();
      assert.ok((await group.countKeys()) >= 3);
      const startedAt = performance.now();
      await group.failOver();
      await Promise.all([fleet.goOn(), alone.goOn()]);
      await fleet.reach("joined");
      const tookMs = Math.round(performance.now() - startedAt);
      const { most } = fleet.server;
      console.log(`${name}: all are back after ${tookMs} ms, at most ${most} connections`);
      // If leases expire before a client has found the other one, its process goes on with its share, which is 1.
      assert.ok(most < LIMITS.maxHost + clients.length, `${most} connections`);
      await sleep(LEASE_MS);
      await fleet.assertLimit();
      await Promise.all([fleet.goOn(), alone.goOn()]);
      assert.ok(alone.server.most <= LIMITS.maxHost, `${alone.server.most} connections`);
      await fleet.stopAll();
    });
  }
});
