import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, it } from "node:test";
import type { FleetJoined, FleetLost } from "../../host/api/events.ts";
import type { SyncRequest } from "../../host/fleet/lease-server.ts";
import { FleetWorld, type Process } from "../support/fleet-world.ts";

const A = "a.test:80";
const REFUSED = new Error("connect ECONNREFUSED 127.0.0.1:6379");
const LEASE_MS = 6000;

function startAll(world: FleetWorld, count: number): Process[] {
  return Array.from({ length: count }, () => world.start());
}

function loseAll(world: FleetWorld, fault: Error | null): void {
  for (const { line } of world.processes) line.fault = fault;
}

describe("a fleet whose server is gone", () => {
  it("divides the limits by the processes that were known: share", async () => {
    const world = new FleetWorld({ maxTotal: 20, maxHost: 9, leaseMs: LEASE_MS });
    const all = startAll(world, 4);
    await world.clock.pass(3000);
    loseAll(world, REFUSED);
    for (const { pool } of all) pool.call(A, 10_000);
    await world.clock.pass(1000);
    assert.deepEqual(
      all.map(({ pool }) => pool.connections),
      [2, 2, 2, 2],
    );
    for (const { pool } of all) pool.call("b.test:80", 10_000);
    await world.clock.pass(LEASE_MS);
    assert.deepEqual(
      all.map(({ pool }) => pool.connections),
      [4, 4, 4, 4],
    );
  });

  it("leaves each process 1 if there are more processes than that: share", async () => {
    const world = new FleetWorld({ maxTotal: 2, leaseMs: LEASE_MS });
    const all = startAll(world, 5);
    await world.clock.pass(3000);
    loseAll(world, REFUSED);
    for (const { pool } of all) pool.call(A, 10);
    assert.equal(await world.watch(LEASE_MS), 5);
    assert.ok(all.every(({ pool }) => pool.done === 10));
  });

  it("leaves a process 1 that never got an answer: share", async () => {
    const world = new FleetWorld({ maxTotal: 20, leaseMs: LEASE_MS });
    const { pool, line } = world.start();
    line.fault = REFUSED;
    pool.call(A, 5);
    assert.equal(await world.watch(2000), 1);
    assert.equal(pool.done, 5);
  });

  it("lets a process use its leases as long as they are valid, and then its share", async () => {
    const world = new FleetWorld({ maxTotal: 10, leaseMs: LEASE_MS });
    const [first] = startAll(world, 2) as [Process, Process];
    first.pool.call(A, 1_000_000);
    await world.clock.pass(3000);
    assert.equal(first.pool.connections, 10);
    loseAll(world, REFUSED);
    await world.clock.pass(3000);
    assert.equal(first.pool.connections, 10);
    await world.clock.pass(LEASE_MS);
    assert.equal(first.pool.connections, 5);
  });

  it("lets each process have the whole limit: open", async () => {
    const world = new FleetWorld({ maxTotal: 6, leaseMs: LEASE_MS, whenLost: "open" });
    const all = startAll(world, 3);
    await world.clock.pass(3000);
    loseAll(world, REFUSED);
    for (const { pool } of all) pool.call(A, 1000);
    await world.clock.pass(1000);
    assert.deepEqual(
      all.map(({ pool }) => pool.connections),
      [6, 6, 6],
    );
  });

  it("lets a process have what it has, and nothing when that has expired: closed", async () => {
    const world = new FleetWorld({ maxTotal: 6, leaseMs: LEASE_MS, whenLost: "closed" });
    const [first, second] = startAll(world, 2) as [Process, Process];
    first.pool.call(A, 3);
    await world.clock.pass(1000);
    loseAll(world, REFUSED);
    first.pool.call(A, 1_000_000);
    second.pool.call(A, 1);
    await world.clock.pass(3000);
    assert.deepEqual([first.pool.connections, second.pool.connections, second.pool.refused], [3, 0, 0]);
    await world.clock.pass(LEASE_MS);
    assert.equal(first.pool.connections, 0);
    assert.ok(first.pool.refused > 0);
    assert.equal(second.pool.refused, 1);
    assert.match(String(second.pool.refusal), /ECONNREFUSED/);
    assert.equal(
      world.processes.reduce((sum, { pool }) => sum + pool.waiting, 0),
      0,
    );
    loseAll(world, null);
    await world.clock.pass(1000);
    second.pool.call(A, 5);
    // The server has forgotten both, so it does not know what else it has forgotten.
    await world.clock.pass(LEASE_MS / 3);
    assert.equal(second.pool.done, 5);
  });

  it("is lost when an answer takes too long, and back when one comes in time", async () => {
    const world = new FleetWorld({ maxTotal: 4, timeoutMs: 500, leaseMs: LEASE_MS });
    const { pool, leases, line } = world.start();
    await world.clock.pass(10);
    line.delayMs = 551;
    pool.call(A, 2);
    await world.clock.pass(551);
    assert.equal(leases.stats().state, "lost");
    assert.equal(leases.stats().reason, "no answer within 500 ms");
    await world.clock.pass(110);
    assert.equal(pool.done, 2);
    line.delayMs = 549;
    await world.clock.pass(2500);
    assert.equal(leases.stats().state, "joined");
    assert.equal(leases.stats().reason, null);
  });

  it("asks no second question before the first has an answer", async () => {
    const world = new FleetWorld({ maxTotal: 4, leaseMs: LEASE_MS });
    const { pool, line } = world.start();
    await world.clock.pass(10);
    const before = world.server.asked;
    line.delayMs = Number.POSITIVE_INFINITY;
    pool.call(A, 1000);
    await world.clock.pass(LEASE_MS);
    assert.equal(world.server.asked - before, 1);
    // Then the answer will not come. Each time, it waits twice as long: 6, 12, 24, and 48 seconds.
    await world.clock.pass(60_000);
    assert.equal(world.server.asked - before, 4);
    assert.equal(pool.done, 1000);
    await world.clock.pass(24 * 60 * 60 * 1000);
    assert.ok(world.server.asked - before < 160, "every ten minutes at least");
    assert.ok(world.server.asked - before > 140);
  });

  it("is back although its client has forgotten a question", async () => {
    const world = new FleetWorld({ maxTotal: 4, leaseMs: LEASE_MS, whenLost: "closed" });
    const { pool, line, leases } = world.start();
    await world.clock.pass(10);
    line.delayMs = Number.POSITIVE_INFINITY;
    pool.call(A);
    await world.clock.pass(3000);
    line.delayMs = 0;
    assert.equal(leases.stats().state, "lost");
    await world.clock.pass(LEASE_MS);
    assert.equal(leases.stats().state, "joined");
    assert.deepEqual([pool.done, pool.refused], [0, 1]);
    await world.clock.pass(LEASE_MS);
    pool.call(A);
    await world.clock.pass(100);
    assert.equal(pool.done, 1);
  });

  it("makes nothing of an answer that comes after the next question", async () => {
    const world = new FleetWorld({ maxTotal: 4, leaseMs: LEASE_MS, callMs: 60_000 });
    const { pool, line, leases } = world.start();
    await world.clock.pass(10);
    line.delayMs = 2 * LEASE_MS;
    pool.call(A, 4);
    await world.clock.pass(100);
    line.delayMs = 0;
    await world.clock.pass(2 * LEASE_MS - 1000);
    assert.equal(leases.stats().state, "joined");
    const { asked } = world.server;
    await world.clock.pass(2000);
    assert.ok(world.server.asked - asked <= 25, "one at a time");
    assert.equal(leases.stats().state, "joined");
    assert.equal(world.server.held(), pool.connections);
  });

  it("does not hold up a call that needs no lease", async () => {
    const world = new FleetWorld({ maxTotal: 4, callMs: 5, leaseMs: LEASE_MS });
    const { pool, line } = world.start();
    pool.call(A, 4);
    await world.clock.pass(50);
    line.delayMs = 900;
    for (let turn = 1; turn <= 100; turn++) {
      pool.call(A, 4);
      await world.clock.pass(5);
      assert.equal(pool.done, 4 + 4 * turn);
    }
  });

  it("has a share of each host at once, also of those that are new", async () => {
    const world = new FleetWorld({ maxHost: 4, leaseMs: LEASE_MS });
    const [first] = startAll(world, 2) as [Process, Process];
    await world.clock.pass(3000);
    loseAll(world, REFUSED);
    await world.clock.pass(LEASE_MS);
    for (let host = 0; host < 20; host++) {
      first.pool.call(`h${host}:80`, 10);
      assert.equal(first.pool.connectionsTo(`h${host}:80`), 2, "of 4, for two processes");
      await world.clock.pass(70);
    }
  });

  it("lets a process replace its idle connections by one to another host", async () => {
    const world = new FleetWorld({ maxTotal: 4, maxHost: 4, leaseMs: LEASE_MS });
    const [{ pool }] = startAll(world, 2) as [Process, Process];
    await world.clock.pass(3000);
    loseAll(world, REFUSED);
    await world.clock.pass(LEASE_MS);
    pool.call(A, 2);
    await world.clock.pass(100);
    assert.equal(pool.idleConnections, 2, "its share");
    for (const host of ["b.test:80", "c.test:80"]) {
      pool.call(host);
      assert.equal(await world.watch(100), 2);
    }
    assert.equal(pool.done, 4);
  });

  it("lets nobody open a connection to a host of which it has not heard yet", async () => {
    const world = new FleetWorld({ maxHost: 2, leaseMs: LEASE_MS, callMs: 60_000, whenLost: "open" });
    const [first, second] = startAll(world, 2) as [Process, Process];
    await world.clock.pass(100);
    first.line.fault = REFUSED;
    // More than two questions can be about.
    const hosts = Array.from({ length: 300 }, (_, index) => `h${index}:80`);
    await world.clock.pass(LEASE_MS);
    for (const host of hosts) first.pool.call(host);
    for (const host of hosts) second.pool.call(host);
    await world.clock.pass(1000);
    assert.equal(world.connections, 600);
    Object.assign(first.line, { fault: null, delayMs: 300 });
    while (first.leases.stats().state !== "joined") await world.clock.pass(10);
    for (const host of hosts) first.pool.call(host);
    await world.watch(3000, () => {
      for (const host of hosts) assert.ok(world.connectionsTo(host) <= 2, `${host}`);
      return 0;
    });
  });

  it("counts again as soon as it is back, what there really is", async () => {
    const world = new FleetWorld({ maxTotal: 6, leaseMs: LEASE_MS, whenLost: "open" });
    const all = startAll(world, 3);
    await world.clock.pass(3000);
    loseAll(world, REFUSED);
    for (const { pool } of all) pool.call(A, 1_000_000);
    await world.clock.pass(LEASE_MS + 1000);
    assert.equal(world.connections, 18);
    loseAll(world, null);
    await world.clock.pass(1500);
    assert.equal(world.connections, 6);
    assert.equal(world.server.held(), 6);
    assert.equal(await world.watch(3000), 6);
  });

  it("does not give out again what it has forgotten that others hold", async () => {
    const world = new FleetWorld({ maxTotal: 6, leaseMs: LEASE_MS });
    const [first, second, third] = startAll(world, 3) as [Process, Process, Process];
    for (const { pool } of [first, second]) pool.call(A, 1_000_000);
    await world.clock.pass(2000);
    assert.equal(world.connections, 6);
    world.server.flush();
    third.pool.call(A, 1_000_000);
    assert.equal(await world.watch(3000), 6);
    assert.deepEqual(
      world.processes.map(({ pool }) => pool.connections),
      [2, 2, 2],
    );
  });
});

describe("a fleet whose server forgets one thing, because its memory is full", () => {
  for (const what of ["total", "list", { host: A }] as const) {
    const name = typeof what === "string" ? what : "a host";
    it(`does not give out again what others hold: ${name}`, async () => {
      const world = new FleetWorld({ maxHost: 6, leaseMs: LEASE_MS });
      const [first, second, third] = startAll(world, 3) as [Process, Process, Process];
      for (const { pool } of [first, second]) pool.call(A, 1_000_000);
      await world.clock.pass(2000);
      assert.equal(world.connections, 6);
      world.server.evict(what);
      // It has never heard of this host.
      third.pool.call(A, 1_000_000);
      assert.equal(await world.watch(3000), 6);
      assert.deepEqual(
        world.processes.map(({ pool }) => pool.connections),
        [2, 2, 2],
      );
    });
  }

  it("keeps only that host from new connections", async () => {
    const world = new FleetWorld({ maxHost: 6, leaseMs: LEASE_MS });
    const { pool } = world.start();
    pool.call(A, 1);
    await world.clock.pass(100);
    world.server.evict({ host: A });
    pool.call(A, 5);
    pool.call("b.test:80", 5);
    await world.clock.pass(100);
    assert.equal(pool.connectionsTo("b.test:80"), 5);
    assert.equal(pool.connectionsTo(A), 1);
    await world.clock.pass(LEASE_MS / 3 + 100);
    assert.equal(pool.done, 11);
  });
});

describe("a fleet whose server is somebody else's", () => {
  it("keeps the limits of the process, whatever is granted", async () => {
    const world = new FleetWorld({ maxTotal: 6, maxHost: 4, leaseMs: LEASE_MS });
    const { pool, line } = world.start();
    line.sync = async ({ hosts }) => ({
      processes: 1_000_000,
      epoch: 1,
      terms: { maxTotal: 1_000_000, maxHost: 0, leaseMs: LEASE_MS },
      total: { granted: 1_000_000, giveUp: 0, others: 0 },
      hosts: hosts.map(() => ({ granted: 1_000_000, giveUp: 0, others: 1_000_000 })),
    });
    for (const host of [A, "b.test:80", "c.test:80"]) pool.call(host, 100);
    const most = await world.watch(2000, () => {
      assert.ok(pool.connectionsTo(A) <= 4);
      return pool.connections;
    });
    assert.equal(most, 6);
  });

  it("makes as little of more leases to give up than there are", async () => {
    const world = new FleetWorld({ maxTotal: 6, leaseMs: LEASE_MS });
    const { pool, line } = world.start();
    line.sync = async ({ terms }) => ({
      processes: 1,
      epoch: 1,
      terms,
      total: { granted: 0, giveUp: 1_000_000, others: 0 },
      hosts: [],
    });
    pool.call(A, 10);
    await world.clock.pass(1000);
    assert.equal(pool.connections, 0);
    line.sync = world.server.sync.bind(world.server);
    await world.clock.pass(LEASE_MS);
    assert.equal(pool.done, 10);
  });
});

describe("what is told of a fleet's server", () => {
  it("is when it is lost and when it is back, once each", async () => {
    const lost: FleetLost[] = [];
    const joined: FleetJoined[] = [];
    const onLost = (message: unknown) => void lost.push(message as FleetLost);
    const onJoined = (message: unknown) => void joined.push(message as FleetJoined);
    subscribe("http-background:fleet:lost", onLost);
    subscribe("http-background:fleet:joined", onJoined);
    try {
      const world = new FleetWorld({ maxTotal: 6, leaseMs: LEASE_MS });
      const [{ line }] = startAll(world, 2) as [Process, Process];
      await world.clock.pass(100);
      assert.deepEqual(joined, [
        { thread: "t", fleet: "fleet", processes: 1, lostMs: 0 },
        { thread: "t", fleet: "fleet", processes: 2, lostMs: 0 },
      ]);
      line.fault = REFUSED;
      await world.clock.pass(10_000);
      assert.deepEqual(lost, [{ thread: "t", fleet: "fleet", reason: REFUSED.message, whenLost: "share" }]);
      line.fault = null;
      await world.clock.pass(1000);
      assert.equal(joined.length, 3);
      assert.ok((joined[2]?.lostMs ?? 0) > 5000);
    } finally {
      unsubscribe("http-background:fleet:lost", onLost);
      unsubscribe("http-background:fleet:joined", onJoined);
    }
  });

  it("is in stats()", async () => {
    const world = new FleetWorld({ maxTotal: 2, maxHost: 2, leaseMs: LEASE_MS, callMs: 60_000 });
    const { pool, leases, line } = world.start();
    const joined = { state: "joined", reason: null, maxTotal: 2, maxHost: 2 };
    const begun = { ...joined, state: "joining", leases: 0, wanted: 0, processes: 0 };
    assert.deepEqual(leases.stats(), begun);
    pool.call(A, 5);
    await world.clock.pass(500);
    pool.call("b.test:80", 1);
    assert.deepEqual(leases.stats(), { ...joined, leases: 2, wanted: 0, processes: 1 });
    world.start().pool.call(A, 5);
    await world.clock.pass(3000);
    const second = world.processes[1]?.leases.stats();
    assert.deepEqual(second, { ...joined, leases: 0, wanted: 2, processes: 2 });
    line.fault = REFUSED;
    await world.clock.pass(2 * LEASE_MS);
    const lost = { ...joined, state: "lost", reason: REFUSED.message, leases: 0, wanted: 0, processes: 2 };
    assert.deepEqual(leases.stats(), lost);
  });
});

describe("what a process tells its server", () => {
  it("is a number that rises, and since when the server counts, as far as it knows", async () => {
    const world = new FleetWorld({ maxTotal: 2, leaseMs: LEASE_MS });
    const startedAt = world.clock.now();
    const { line, pool } = world.start();
    const told: SyncRequest[] = [];
    const sync = line.sync.bind(line);
    line.sync = (request) => {
      told.push(request);
      return sync(request);
    };
    pool.call(A, 3);
    await world.clock.pass(1000);
    assert.deepEqual(
      told.slice(0, 3).map(({ number, epoch }) => [number, epoch]),
      [
        [1, 0],
        [2, startedAt],
        [3, startedAt],
      ],
    );
    assert.deepEqual(told[0]?.total, { held: 0, used: 0, want: 2 });
  });
});

describe("the hosts of which a process speaks", () => {
  function listen(process: Process): SyncRequest[] {
    const told: SyncRequest[] = [];
    const sync = process.line.sync.bind(process.line);
    process.line.sync = (request) => {
      told.push(request);
      return sync(request);
    };
    return told;
  }

  it("are none that nobody uses any more", async () => {
    const world = new FleetWorld({ maxHost: 2, leaseMs: LEASE_MS });
    const process = world.start();
    await world.clock.pass(100);
    const told = listen(process);
    process.pool.call(A);
    process.pool.withdraw(A);
    await world.clock.pass(10_000);
    assert.ok(told.length > 2);
    assert.deepEqual(
      told.flatMap(({ hosts }) => hosts),
      [],
    );
  });

  it("are always those for which it waits, however many others there are", async () => {
    const world = new FleetWorld({ maxHost: 1, leaseMs: LEASE_MS, callMs: 600_000 });
    const [first, second] = startAll(world, 2) as [Process, Process];
    first.pool.call(A);
    await world.clock.pass(100);
    for (let host = 0; host < 200; host++) second.pool.call(`h${host}:80`);
    await world.clock.pass(1000);
    second.pool.call(A);
    await world.clock.pass(10);
    const told = listen(second);
    await world.clock.pass(3000);
    assert.ok(told.length > 10);
    assert.ok(told.every(({ hosts }) => hosts.some(({ host }) => host === A)));
  });

  it("include one that is used again, whose lease has not been given back: it is used at once", async () => {
    const world = new FleetWorld({ maxHost: 1, leaseMs: LEASE_MS, callMs: 1000 });
    const { pool, line } = world.start();
    await world.clock.pass(100);
    line.delayMs = 300;
    pool.call(A);
    await world.clock.pass(10);
    pool.withdraw(A);
    await world.clock.pass(300);
    assert.equal(world.server.held(A), 1);
    pool.call(A);
    assert.equal(pool.connections, 1);
  });
});

describe("the end of a process of a fleet", () => {
  it("does not wait for a server that does not answer", async () => {
    const world = new FleetWorld({ maxTotal: 2, leaseMs: LEASE_MS });
    const { pool, leases, line } = world.start();
    await world.clock.pass(10);
    line.delayMs = Number.POSITIVE_INFINITY;
    pool.call(A);
    await world.clock.pass(10);
    const closed = leases.close();
    assert.ok(world.clock.isHolding);
    await world.clock.pass(1000);
    await closed;
    assert.equal(world.clock.timers, 0);
  });

  it("is not held up by timers of a fleet if no call waits", async () => {
    const world = new FleetWorld({ maxTotal: 1, leaseMs: LEASE_MS, callMs: 1 });
    const { pool, line } = world.start();
    await world.clock.pass(10);
    assert.equal(world.clock.isHolding, false);
    line.delayMs = 800;
    pool.call(A);
    assert.equal(world.clock.isHolding, true, "a call waits for the answer");
    await world.clock.pass(900);
    assert.equal(pool.done, 1);
    assert.equal(world.clock.isHolding, false);
  });
});
