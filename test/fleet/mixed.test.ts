import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FleetWorld, type Process } from "../support/fleet-world.ts";

const A = "a.test:80";
const LEASE_MS = 6000;
const LONG_MS = 60_000;
/** Some rounds. */
const SETTLED_MS = 2000;
const ENDLESS = 1_000_000;

async function assertAllGoOn(world: FleetWorld, forMs: number): Promise<void> {
  const before = world.processes.map(({ pool }) => pool.done);
  await world.clock.pass(forMs);
  for (const [index, { pool }] of world.processes.entries()) assert.ok(pool.done > (before[index] ?? 0));
}

describe("processes of one fleet with different limits", () => {
  it("keep to the smallest, and all go on", async () => {
    const world = new FleetWorld({ maxTotal: 12, maxHost: 8, leaseMs: LEASE_MS });
    world.start().pool.call(A, ENDLESS);
    await world.clock.pass(SETTLED_MS);
    assert.equal(world.connectionsTo(A), 8);
    const small = world.start({ maxTotal: 6, maxHost: 3 });
    small.pool.call(A, ENDLESS);
    small.pool.call("b.test:80", ENDLESS);
    await world.clock.pass(SETTLED_MS);
    assert.ok((await world.watch(SETTLED_MS)) <= 6);
    assert.ok((await world.watch(SETTLED_MS, () => world.connectionsTo(A))) <= 3);
    await assertAllGoOn(world, SETTLED_MS);
    for (const { leases } of world.processes) {
      const { maxTotal, maxHost } = leases.stats();
      assert.deepEqual([maxTotal, maxHost], [6, 3]);
    }
  });

  it("have the larger ones as soon as the one with the smallest has ended", async () => {
    const world = new FleetWorld({ maxTotal: 8, leaseMs: LEASE_MS });
    const [large, small] = [world.start(), world.start({ maxTotal: 2 })];
    large.pool.call(A, ENDLESS);
    await world.clock.pass(SETTLED_MS);
    assert.equal(large.pool.connections, 2);
    await small.leases.close();
    await world.clock.pass(SETTLED_MS);
    assert.equal(large.pool.connections, 8);
    assert.equal(large.leases.stats().maxTotal, 8);
  });

  it("share the smallest while the server is lost, also for hosts that are new", async () => {
    const world = new FleetWorld({ maxTotal: 20, maxHost: 12, leaseMs: LEASE_MS });
    world.start();
    world.start({ maxTotal: 8, maxHost: 4 });
    await world.clock.pass(SETTLED_MS + LEASE_MS);
    for (const { line, pool } of world.processes) {
      line.fault = new Error("gone");
      pool.call(A, ENDLESS);
    }
    await world.clock.pass(LEASE_MS);
    assert.ok((await world.watch(LEASE_MS, () => world.connectionsTo(A))) <= 4);
    assert.ok(world.processes.every(({ pool }) => pool.connectionsTo(A) === 2));
  });

  it("do not count one that has no limit, which nobody keeps back", async () => {
    const world = new FleetWorld({ maxTotal: 4, maxHost: 50, leaseMs: LEASE_MS });
    const free = world.start({ maxTotal: 0 });
    free.pool.call(A, ENDLESS);
    await world.clock.pass(SETTLED_MS);
    assert.equal(free.pool.connections, 50);
    const limited = world.start();
    limited.pool.call("b.test:80", ENDLESS);
    await world.clock.pass(SETTLED_MS);
    assert.deepEqual([limited.pool.connections, free.pool.connections], [4, 50]);
    assert.equal(free.leases.stats().maxTotal, 0);
  });
});

describe("processes of one fleet whose leases live for different times", () => {
  function startBoth(world: FleetWorld): [long: Process, short: Process] {
    const [long, short] = [world.start({ leaseMs: LONG_MS }), world.start({ leaseMs: 1000 })];
    long.pool.call(A, ENDLESS);
    return [long, short];
  }

  it("each keep theirs for as long as they were told", async () => {
    const world = new FleetWorld({ maxTotal: 4, callMs: 10 * LONG_MS });
    const [long, short] = startBoth(world);
    await world.clock.pass(SETTLED_MS);
    assert.equal(long.pool.connections, 4);
    // It stands still, and nobody else speaks.
    long.line.delayMs = Number.POSITIVE_INFINITY;
    await short.leases.close();
    await world.clock.pass(LONG_MS / 2);
    assert.equal(world.server.held(), 4);
    const late = world.start();
    late.pool.call(A, 1);
    await world.clock.pass(SETTLED_MS);
    assert.equal(late.pool.connections, 0);
  });

  it("get nothing from a server that has lost what it knew before all may have told it", async () => {
    const world = new FleetWorld({ maxTotal: 4, callMs: 10 * LONG_MS });
    const [long, short] = startBoth(world);
    await world.clock.pass(SETTLED_MS);
    assert.equal(long.pool.connections, 4);
    // Its answers are late, so that it is silent for a while.
    long.line.fault = new Error("silent");
    await world.clock.pass(SETTLED_MS);
    world.server.flush();
    short.pool.call(A, ENDLESS);
    assert.equal(await world.watch(LONG_MS / 3 - SETTLED_MS), 4);
    long.line.fault = null;
    assert.equal(await world.watch(LONG_MS), 4);
  });
});
