import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FleetWorld, type Process } from "../support/fleet-world.ts";

const A = "a.test:80";
const B = "b.test:80";

/** How long it takes at most until everybody has what is fair: two rounds, a call, and an answer. */
const SETTLED_MS = 600;

function startAll(world: FleetWorld, count: number): Process[] {
  return Array.from({ length: count }, () => world.start());
}

describe("the limits of a fleet", () => {
  it("hold for all processes together, whoever wants what", async () => {
    const world = new FleetWorld({ maxTotal: 20, maxHost: 8 });
    for (const { pool } of startAll(world, 4)) {
      pool.call(A, 200);
      pool.call(B, 200);
    }
    const most = await world.watch(5000, () => {
      assert.ok(world.connectionsTo(A) <= 8, `${world.connectionsTo(A)} to A`);
      assert.ok(world.connectionsTo(B) <= 8, `${world.connectionsTo(B)} to B`);
      return world.connections;
    });
    assert.equal(most, 16);
  });

  for (const limit of [1, 2, 20]) {
    it(`are used up and not exceeded, at ${limit}`, async () => {
      const world = new FleetWorld({ maxTotal: limit });
      for (const { pool } of startAll(world, 2)) pool.call(A, 100);
      assert.equal(await world.watch(2000), limit);
    });
  }

  it("are shared equally among those who want as much as they can get", async () => {
    const world = new FleetWorld({ maxHost: 8 });
    const [first, ...others] = startAll(world, 4) as [Process, ...Process[]];
    first.pool.call(A, 1000);
    await world.clock.pass(SETTLED_MS);
    assert.equal(first.pool.connections, 8);
    for (const { pool } of others) pool.call(A, 1000);
    await world.clock.pass(SETTLED_MS);
    assert.deepEqual(
      world.processes.map(({ pool }) => pool.connections),
      [2, 2, 2, 2],
    );
  });

  it("leave what one does not want to those who do", async () => {
    const world = new FleetWorld({ maxTotal: 10, callMs: 10_000 });
    const [first, second, third] = startAll(world, 3) as [Process, Process, Process];
    first.pool.call(A, 1);
    second.pool.call(A, 2);
    third.pool.call(A, 50);
    await world.clock.pass(SETTLED_MS);
    assert.deepEqual([first.pool.connections, second.pool.connections, third.pool.connections], [1, 2, 7]);
  });

  it("are not filled by idle connections while others wait", async () => {
    const world = new FleetWorld({ maxTotal: 8 });
    const [first, second] = startAll(world, 2) as [Process, Process];
    first.pool.call(A, 8);
    await world.clock.pass(SETTLED_MS);
    assert.equal(first.pool.idleConnections, 8);
    second.pool.call(B, 3);
    await world.clock.pass(SETTLED_MS);
    assert.equal(second.pool.done, 3);
    assert.equal(first.pool.idleConnections, 5, "no more than are needed");
  });

  for (const maxHost of [0, 2])
    it(`let a process replace its idle connections, of which it has as many as there may be, at ${maxHost} for a host`, async () => {
      const world = new FleetWorld({ maxTotal: 3, maxHost });
      const { pool } = world.start();
      pool.call(A, 2);
      pool.call(B);
      await world.clock.pass(SETTLED_MS);
      assert.equal(pool.idleConnections, 3);
      for (const host of ["c.test:80", "d.test:80"]) {
        pool.call(host);
        assert.equal(await world.watch(SETTLED_MS), 3);
      }
      assert.equal(pool.done, 5);
    });

  it("let a wish that a host cannot fulfil keep nobody else from a connection", async () => {
    const world = new FleetWorld({ maxTotal: 10, maxHost: 2, callMs: 60_000 });
    const [first, second] = startAll(world, 2) as [Process, Process];
    first.pool.call(A, 100);
    await world.clock.pass(SETTLED_MS);
    for (const host of ["b:1", "c:1", "d:1", "e:1"]) second.pool.call(host, 2);
    await world.clock.pass(SETTLED_MS);
    assert.deepEqual([first.pool.connections, second.pool.connections], [2, 8]);
  });

  it("are not used any more once they are given back, also before the server has answered", async () => {
    const world = new FleetWorld({ maxTotal: 5, callMs: 10_000 });
    const [first, second] = startAll(world, 2) as [Process, Process];
    await world.clock.pass(SETTLED_MS);
    // What the first wanted is granted when nobody wants it any more.
    first.line.delayMs = 300;
    first.pool.call(A, 5);
    await world.clock.pass(100);
    first.pool.withdraw(A);
    await world.clock.pass(210);
    assert.equal(world.server.held(), 5);
    await world.clock.pass(160);
    assert.equal(world.server.held(), 0, "it has said so, and waits for the answer");
    second.pool.call(A, 5);
    await world.clock.pass(10);
    assert.equal(second.pool.connections, 5);
    first.pool.call(A, 5);
    assert.equal(await world.watch(3000), 5);
  });

  it("are kept for idle connections as long as nobody else wants them", async () => {
    const world = new FleetWorld({ maxTotal: 4, maxHost: 2, leaseMs: 3000 });
    const { pool } = world.start();
    pool.call(A, 2);
    await world.clock.pass(SETTLED_MS);
    const held: number[] = [];
    await world.watch(20_000, () => held.push(Math.min(world.server.held(), world.server.held(A))));
    assert.deepEqual([...new Set(held)], [2]);
  });

  it("are free again at once when a process closes that had connections to many hosts", async () => {
    const world = new FleetWorld({ maxHost: 1, callMs: 1 });
    const { pool, leases } = world.start();
    for (let host = 0; host < 130; host++) pool.call(`h${host}:80`);
    await world.clock.pass(SETTLED_MS);
    assert.equal(world.server.hosts.length, 130);
    pool.kill();
    await leases.close();
    assert.deepEqual([world.server.hosts, world.server.members], [[], 0]);
    const { asked } = world.server;
    await world.clock.pass(60_000);
    assert.equal(world.server.asked, asked, "and nothing is asked any more");
    assert.equal(world.clock.timers, 0);
  });

  it("hold for all hosts of a process that waits for more hosts than a question can have", async () => {
    const world = new FleetWorld({ maxHost: 1, callMs: 600_000, leaseMs: 3000 });
    const [first, second] = startAll(world, 2) as [Process, Process];
    const hosts = Array.from({ length: 200 }, (_, index) => `h${index}:80`);
    for (const host of hosts) first.pool.call(host);
    second.pool.call(A);
    second.pool.call(B);
    await world.clock.pass(2000);
    second.line.delayMs = 1;
    for (const host of hosts) second.pool.call(host);
    await world.clock.pass(1000);
    const before = world.server.asked;
    await world.watch(6000, () => {
      assert.deepEqual([world.server.held(A), world.server.held(B)], [1, 1]);
      return 0;
    });
    const perSecond = (world.server.asked - before) / 6;
    assert.ok(perSecond <= 60, `${perSecond} questions a second`);
    first.pool.kill();
    await first.leases.close();
    await world.clock.pass(2000);
    assert.equal(second.pool.connections, 202);
  });

  it("are not kept for calls that wait no longer", async () => {
    const world = new FleetWorld({ maxTotal: 8, maxHost: 4, callMs: 300 });
    const [first, second] = startAll(world, 2) as [Process, Process];
    first.pool.call(A, 1000);
    await world.clock.pass(SETTLED_MS);
    second.pool.call(A, 1000);
    await world.clock.pass(50);
    second.pool.withdraw(A);
    await world.clock.pass(2 * SETTLED_MS);
    assert.deepEqual([first.pool.connections, second.pool.connections], [4, 0]);
  });

  it("are free again when a process is killed, within the life of its leases", async () => {
    const world = new FleetWorld({ maxTotal: 4, leaseMs: 3000, callMs: 20 });
    const [first, second] = startAll(world, 2) as [Process, Process];
    first.pool.call(A, 100_000);
    second.pool.call(A, 100_000);
    await world.clock.pass(SETTLED_MS);
    assert.deepEqual([first.pool.connections, second.pool.connections], [2, 2]);
    world.kill(first);
    await world.clock.pass(2500);
    assert.equal(second.pool.connections, 2, "the server does not know it yet");
    await world.clock.pass(500 + SETTLED_MS);
    assert.equal(second.pool.connections, 4);
  });

  it("are free again at once when a process closes", async () => {
    const world = new FleetWorld({ maxTotal: 4, maxHost: 4 });
    const [first, second] = startAll(world, 2) as [Process, Process];
    first.pool.call(A, 4);
    await world.clock.pass(SETTLED_MS);
    first.pool.kill();
    await first.leases.close();
    assert.deepEqual([world.server.held(), world.server.held(A), world.server.members], [0, 0, 1]);
    second.pool.call(A, 4);
    await world.clock.pass(50);
    assert.equal(second.pool.connections, 4);
  });
});

describe("a fleet with more processes than leases", () => {
  for (const { processes, limit } of [
    { processes: 2, limit: 1 },
    { processes: 7, limit: 3 },
    { processes: 30, limit: 4 },
  ]) {
    it(`starves none: ${processes} for ${limit}`, async () => {
      const world = new FleetWorld({ maxTotal: limit, callMs: 50 });
      const all = startAll(world, processes);
      for (const { pool } of all) pool.call(A, 10_000);
      // Each has its turn of a second, and then passes the lease on: a call ends, and both ask.
      const turnMs = 1000 + SETTLED_MS;
      const rounds = Math.ceil(processes / limit);
      const most = await world.watch(rounds * turnMs);
      assert.equal(most, limit);
      assert.ok(all.every(({ pool }) => pool.done > 0));
      const before = all.map(({ pool }) => pool.done);
      await world.watch(rounds * turnMs);
      assert.ok(
        all.every(({ pool }, index) => pool.done > (before[index] ?? 0)),
        "again, and again",
      );
    });
  }
});

describe("a fleet with a process more than leases", () => {
  for (const limit of [2, 8, 20]) {
    it(`passes each of them on, of ${limit}`, async () => {
      const world = new FleetWorld({ maxTotal: limit, callMs: 50 });
      const all = startAll(world, limit + 1).map(({ pool }) => ({ pool, done: 0, servedAt: 0 }));
      for (const { pool } of all) pool.call(A, 100_000);
      // Two turns, as docs/fleet.md says.
      const boundMs = 2 * (1600 + 50);
      for (let now = 0; now < 30_000; now += 50) {
        await world.clock.pass(50);
        for (const process of all) {
          if (process.pool.done > process.done) process.servedAt = now;
          process.done = process.pool.done;
          assert.ok(now - process.servedAt <= boundMs, `one waits since ${process.servedAt}, at ${now}`);
        }
      }
    });
  }
});

describe("what a fleet costs its server", () => {
  it("is nothing for calls on connections that are used again", async () => {
    const world = new FleetWorld({ maxTotal: 10, callMs: 5 });
    const { pool } = world.start();
    pool.call(A, 10);
    await world.clock.pass(50);
    const before = world.server.asked;
    pool.call(A, 100);
    await world.clock.pass(60);
    assert.equal(pool.done, 110);
    assert.ok(world.server.asked - before <= 2, `${world.server.asked - before} questions`);
  });

  it("is at most about 200 questions a second, however many processes wait", async () => {
    const world = new FleetWorld({ maxTotal: 1, callMs: 60_000 });
    for (const { pool } of startAll(world, 100)) pool.call(A, 10);
    await world.clock.pass(1000);
    const before = world.server.asked;
    await world.clock.pass(3000);
    const perSecond = (world.server.asked - before) / 3;
    assert.ok(perSecond > 180 && perSecond < 230, `${perSecond} a second`);
  });

  it("is no more for a process with connections to many hosts", async () => {
    const world = new FleetWorld({ maxHost: 1, callMs: 1, leaseMs: 60_000 });
    const { pool } = world.start();
    for (let host = 0; host < 640; host++) pool.call(`h${host}:80`);
    await world.clock.pass(1000);
    assert.equal(pool.idleConnections, 640);
    const before = world.server.asked;
    await world.clock.pass(10_000);
    const perSecond = (world.server.asked - before) / 10;
    assert.ok(perSecond <= 13, `${perSecond} a second, and 10 for one host`);
  });

  it("is a question for each third of a lease if nothing happens", async () => {
    const world = new FleetWorld({ maxTotal: 10, leaseMs: 30_000 });
    world.start();
    await world.clock.pass(1000);
    const before = world.server.asked;
    await world.clock.pass(60_000);
    const asked = world.server.asked - before;
    assert.ok(asked >= 6 && asked <= 10, `${asked} questions`);
    assert.equal(world.server.members, 1);
  });

  // Waiting for something, or not.
  for (const calls of [0, 1])
    it(`is a question after a third of a lease at the latest, with ${calls} calls`, async () => {
      const leaseMs = 3000;
      const world = new FleetWorld({ maxTotal: 1, leaseMs, callMs: 60_000_000 });
      // Together they ask about 200 times a second, which is not enough for all.
      for (const { pool } of startAll(world, 220)) pool.call(A, calls);
      const { line } = world.start();
      const times: number[] = [];
      const sync = line.sync.bind(line);
      line.sync = (request) => {
        times.push(world.clock.now());
        return sync(request);
      };
      await world.clock.pass(20_000);
      const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
      assert.ok(pauses.length > 15 && Math.max(...pauses) <= leaseMs / 3, `${Math.max(...pauses)} ms`);
    });

  it("is nothing that stays of hosts that are not used any more", async () => {
    const world = new FleetWorld({ maxHost: 1, callMs: 1 });
    const [first, second] = startAll(world, 2) as [Process, Process];
    const hosts = Array.from({ length: 100 }, (_, index) => `h${index}:80`);
    for (const host of hosts) first.pool.call(host);
    await world.clock.pass(500);
    assert.equal(first.pool.done, 100);
    for (const host of hosts) second.pool.call(host);
    await world.clock.pass(2000);
    assert.equal(second.pool.done, 100);
    assert.equal(first.pool.connections, 0, "its idle connections were wanted");
    const { sync } = first.line;
    let told = 0;
    first.line.sync = (request) => {
      told += request.hosts.length;
      return sync.call(first.line, request);
    };
    await world.clock.pass(10_000);
    assert.equal(told, 0, "it speaks of them no more");
    assert.equal(world.server.held(), 100);
  });
});
