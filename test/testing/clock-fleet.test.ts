import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Fleet } from "../../host/api/fleet.ts";
import { readFleetOptions } from "../../host/fleet/options.ts";
import { type RedisClient, redisFleet } from "../../host/fleet/redis/index.ts";
import { ThreadLeases } from "../../host/fleet/thread-leases.ts";
import type { MovedClock } from "../../host/testing/clock/test-clock.ts";
import { createTestClock } from "../../host/testing/index.ts";
import { LeaseServerDouble, Line } from "../support/lease-server-double.ts";
import { withTestHttp } from "../support/test-http.ts";

const CONFIG = { threads: [{ id: "default", max_total: 2 }] };
const LEASE_MS = 9000;
const HOUR_MS = 3_600_000;

/** A fleet of one process, whose server has the clock of the test. */
function newFleet(clock: MovedClock): { fleet: Fleet; server: LeaseServerDouble; line: Line } {
  const server = new LeaseServerDouble(clock);
  const line = new Line(server, clock);
  const settings = readFleetOptions({ name: "f", leaseMs: LEASE_MS });
  const leasesOf: Fleet["leasesOf"] = (thread, itsClock) =>
    new ThreadLeases(thread, line, settings, itsClock);
  return { fleet: { name: "f", leasesOf }, server, line };
}

describe("leases of a fleet, with a clock that a test moves", () => {
  const clock = createTestClock() as MovedClock;

  it("are renewed on it, as often as in that time", async () => {
    const { fleet, server } = newFleet(clock);
    await withTestHttp(
      async (http) => {
        await clock.advance(0);
        assert.deepEqual([http.stats().default?.fleet?.state, server.asked], ["joined", 1]);
        await clock.advance(HOUR_MS);
        // Three times in the life of a lease, or somewhat more often.
        assert.ok(server.asked > HOUR_MS / (LEASE_MS / 3), `${server.asked} times`);
        assert.equal(server.members, 1);
      },
      CONFIG,
      { clock, fleet },
    );
    assert.deepEqual([server.members, clock.waiting], [0, 0]);
  });

  it("are lost on it when the server is silent, and joined again", async () => {
    const { fleet, line } = newFleet(clock);
    await withTestHttp(
      async (http) => {
        const state = (): string | undefined => http.stats().default?.fleet?.state;
        await clock.advance(0);
        line.fault = new Error("down");
        await clock.advance(LEASE_MS / 2);
        assert.equal(state(), "lost");
        line.fault = null;
        await clock.advance(LEASE_MS / 2);
        assert.equal(state(), "joined");
      },
      CONFIG,
      { clock, fleet },
    );
  });

  it("are so with Redis, too, and its silence does not hold up the end", async () => {
    const client = { evalSha: () => new Promise(() => {}), eval: () => new Promise(() => {}) };
    const fleet = redisFleet(client as unknown as RedisClient, { name: "f", timeoutMs: 50 });
    const before = clock.waiting;
    const config = { threads: [{ id: "default", max_total: 1 }] };
    await withTestHttp(
      async (http) => {
        await clock.advance(5000);
        assert.equal(http.stats().default?.fleet?.state, "lost");
        assert.equal(clock.waiting, before + 1);
      },
      config,
      { clock, fleet },
    );
  });
});
