import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { redisFleet } from "../../host/fleet/redis/index.ts";
import { createHttpBackground } from "../../host/index.ts";
import { CLIENTS, openClient } from "../support/redis-clients.ts";
import { RedisServer, SERVERS } from "../support/redis-server.ts";
import { inRoot } from "../support/root.ts";
import { OK, type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

/** Each kind of client that an application may have. */
const TYPED_USE = `
import { createClient as client4, createCluster as cluster4 } from "redis4";
import { createClient as client5, createCluster as cluster5, createSentinel } from "redis5";
import { createClient as client6 } from "redis6";
import { Cluster, Redis } from "ioredis5";
import { Redis as Redis6 } from "ioredis6";
import { Cluster as ValkeyCluster, Redis as Valkey } from "iovalkey";
import { redisFleet } from "../../host/fleet/redis/index.ts";

const name = "typed";
redisFleet(client4(), { name });
redisFleet(cluster4({ rootNodes: [] }), { name });
redisFleet(client5(), { name });
redisFleet(cluster5({ rootNodes: [] }), { name });
redisFleet(createSentinel({ name, sentinelRootNodes: [] }), { name });
redisFleet(client6(), { name });
redisFleet(new Redis(), { name });
redisFleet(new Cluster([]), { name });
redisFleet(new Redis6(), { name });
redisFleet(new Valkey(), { name });
redisFleet(new ValkeyCluster([]), { name });
// @ts-expect-error it is no client
redisFleet({}, { name });
`;

describe("the types of redisFleet", () => {
  it("take the clients of all packages", { timeout: 200_000 }, async () => {
    const file = inRoot(".cache/redis-clients/typed-use.ts");
    writeFileSync(file, TYPED_USE);
    const strict = ["--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "--lib", "esnext"];
    const modules = [
      "--module",
      "nodenext",
      "--moduleResolution",
      "nodenext",
      "--allowImportingTsExtensions",
    ];
    const nodes = ["--types", "node", "--typeRoots", inRoot("node_modules/@types")];
    const args = ["--ignoreConfig", "--noEmit", "--target", "es2022", ...strict, ...modules, ...nodes, file];
    await promisify(execFile)(process.execPath, [inRoot("node_modules/typescript/bin/tsc"), ...args]);
  });
});

for (const kind of Object.keys(SERVERS) as (keyof typeof SERVERS)[])
  describe(`a fleet over ${kind}, and a client of`, () => {
    let redis: RedisServer;
    let server: ScriptedServer;
    before(async () => {
      redis = await RedisServer.startAs(kind);
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
