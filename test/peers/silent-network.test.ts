import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { redisFleet } from "../../host/fleet/redis/index.ts";
import { createHttpBackground } from "../../host/index.ts";
import { until } from "../support/calling-fleet.ts";
import { type CLIENTS, openClient } from "../support/redis-clients.ts";
import { RedisServer, Switch } from "../support/redis-server.ts";

const LEASE_MS = 3000;
const socketTimeout = 2000;
const reconnectStrategy = (retries: number): number => Math.min(retries * 50, 2000);

/** What docs/fleet.md says of each client, with shorter times. */
const CASES: readonly {
  readonly name: (typeof CLIENTS)[number];
  readonly options: object;
  readonly comesBack: boolean;
}[] = [
  { name: "ioredis5", options: { socketTimeout }, comesBack: true },
  { name: "ioredis6", options: { socketTimeout }, comesBack: true },
  { name: "iovalkey", options: { socketTimeout }, comesBack: true },
  { name: "redis5", options: { socketTimeout, reconnectStrategy }, comesBack: true },
  { name: "redis6", options: { socketTimeout, reconnectStrategy }, comesBack: true },
  { name: "redis5", options: { socketTimeout }, comesBack: false },
  { name: "redis6", options: { socketTimeout }, comesBack: false },
];

describe("a fleet whose connection to its server carries nothing any more", () => {
  for (const { name, options, comesBack } of CASES) {
    const what = `${name} with ${Object.keys(options).join(" and ")}`;
    it(`${comesBack ? "is back" : "stays lost"} with ${what}`, { timeout: 120_000 }, async () => {
      await using redis = await RedisServer.start();
      await using way = await Switch.to(redis.port);
      const { client, close } = await openClient(name, way.port, options);
      const fleet = redisFleet(client, { name, leaseMs: LEASE_MS, timeoutMs: 500 });
      const http = await createHttpBackground({ threads: [{ id: "t", max_total: 4 }] }, { fleet });
      try {
        const stats = () => http.stats().t?.fleet;
        await until("it has joined", () => stats()?.state === "joined");
        way.mute();
        await until("it is lost", () => stats()?.state === "lost");
        const isOver = () =>
          comesBack ? stats()?.state === "joined" : /reconnectStrategy/.test(stats()?.reason ?? "");
        await until("it is back, or says that it never will be", isOver);
      } finally {
        await http.close();
        await close().catch(() => {});
      }
      assert.equal(await redis.command("PING"), "PONG");
    });
  }
});
