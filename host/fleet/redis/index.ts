import type { Fleet } from "../../api/fleet.ts";
import { type FleetOptions, readFleetOptions } from "../options.ts";
import { ThreadLeases } from "../thread-leases.ts";
import { type RedisClient, runnerOf } from "./client.ts";
import { RedisLeases } from "./redis-leases.ts";

export type { FleetJoined, FleetLost } from "../../api/events.ts";
export type { Fleet, FleetStats } from "../../api/fleet.ts";
export type { FleetOptions } from "../options.ts";
export type { IoRedisClient, NodeRedisClient, RedisClient } from "./client.ts";

/**
 * Shares `max_total` and `max_host` of each thread with all processes that use the same name on the same server of Redis
 * or Valkey. docs/fleet.md says what holds when.
 *
 * @param client Yours, connected, of the package `redis`, `ioredis` or `iovalkey`. You close it, after `http.close()`.
 * @returns What `createHttpBackground` takes as `fleet`.
 * @throws HttpBackgroundError BAD_CONFIG, whose `option` is what is wrong
 */
export function redisFleet(client: RedisClient, options: FleetOptions): Fleet {
  const runner = runnerOf(client);
  const settings = readFleetOptions(options);
  const { name: fleet } = settings;
  return {
    name: fleet,
    leasesOf: (thread, clock) =>
      new ThreadLeases(thread, new RedisLeases(runner, { fleet, thread: thread.id }), settings, clock),
  };
}
