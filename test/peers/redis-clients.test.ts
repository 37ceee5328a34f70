import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { redisFleet } from "../../host/fleet/redis/index.ts";
import { createHttpBackground } from "../../host/index.ts";
import { CLIENTS, openClient } from "../support/redis-clients.ts";
import { RedisServer } from "../support/redis-server.ts";
import { OK, type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

describe("a fleet over a client of", () => {
  let redis: RedisServer;
  let server: ScriptedServer;
  before(async () => {
    redis = await RedisServer.start();
    server = await startScriptedServer([], { otherwise: { ...OK, delay_ms: 10 } });
  });
  after(async () => {
    await server.close();
    await redis[Symbol.asyncDispose]();
  });

  for (const name of CLIENTS) {
    it(name, { timeout: 120_000 }, async () => {
      await redis.command("FLUSHALL");
      await redis.command("SCRIPT", "FLUSH");
      const clients = [await openClient(name, redis.port), await openClient(name, redis.port)];
      // The machine may stand still for some seconds.
      const options = { name, leaseMs: 60_000, timeoutMs: 20_000, whenLost: "closed" } as const;
      const all = await Promise.all(
        clients.map(({ client }) => {
          const fleet = redisFleet(client, options);
          return createHttpBackground({ threads: [{ id: "t", max_total: 3, max_host: 2 }] }, { fleet });
        }),
      );
      try {
        server.connections.most = server.connections.open;
        const calls = all.flatMap((http) =>
          Array.from({ length: 30 }, () => http.http_background("t", server.base)),
        );
        for (const { status } of await Promise.all(calls)) assert.equal(status, 200);
        assert.ok(server.connections.most <= 2, `${server.connections.most} connections`);
        for (const http of all) assert.equal(http.stats().t?.fleet?.state, "joined");
      } finally {
        await Promise.all(all.map((http) => http.close()));
      }
      assert.equal(await redis.command("DBSIZE"), "0");
      await Promise.all(clients.map((client) => client.close()));
    });
  }
});
