import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type {
  ConnectionLeases,
  FleetStats,
  LeaseOwner,
  Limited,
  LimitedHost,
} from "../../../host/api/fleet.ts";
import { Network } from "../../../host/network/network.ts";
import type { Outcome } from "../../../host/network/transfer/transfer.ts";
import { GateServer } from "../../support/gate-server.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const REFUSED = { code: "FLEET_UNAVAILABLE" };

/** Leases that are what the test says. */
class HandLeases implements ConnectionLeases {
  readonly hosts = new Map<string, LimitedHost>();
  readonly changes = new Set<Limited>();
  total: Limited | undefined;
  owner: LeaseOwner | undefined;

  open(total: Limited, owner: LeaseOwner): void {
    this.total = total;
    this.owner = owner;
  }

  join(host: LimitedHost): void {
    this.hosts.set(host.key, host);
  }

  leave(host: LimitedHost): void {
    this.hosts.delete(host.key);
  }

  changed(host: LimitedHost): void {
    this.changes.add(host);
  }

  stats(): FleetStats {
    return { state: "joined", reason: null, leases: 0, wanted: 0, processes: 1, maxTotal: 0, maxHost: 0 };
  }

  async close(): Promise<void> {}
}

describe("the connections of a thread whose limits are leased", () => {
  let server: GateServer;
  let other: GateServer;
  let leases: HandLeases;
  let network: Network;

  beforeEach(async () => {
    server = await GateServer.start();
    other = await GateServer.start();
    leases = new HandLeases();
  });
  afterEach(async () => {
    await network.destroy();
    await server.close();
    await other.close();
  });

  function open(maxTotal: number, maxHost = 0): void {
    const fleet = { name: "f", leasesOf: () => leases };
    network = new Network([{ id: "t", maxTotal, maxHost }], { fleet });
  }

  const call = (to = server): Promise<Outcome> => network.perform(transferTo(to.base));
  const hostOf = (to: GateServer): Limited => leases.hosts.get(new URL(to.base).host) ?? assert.fail();
  const total = (): Limited => leases.total ?? assert.fail();

  function set(limit: Limited, changes: { most?: number; isFirm?: boolean }): void {
    Object.assign(limit, changes);
    leases.owner?.onLimit(limit);
  }

  function stats(): number[] {
    const { queued, active, idle } = network.stats().t ?? assert.fail();
    return [queued, active, idle];
  }

  /** Makes so many idle connections to a server. */
  async function idle(count: number, to = server): Promise<void> {
    const calls = Array.from({ length: count }, () => call(to));
    await to.holds(count);
    to.open();
    for (const outcome of await Promise.all(calls)) assert.deepEqual(plainOutcome(outcome), OK);
  }

  const numbersOf = ({ connections, idleConnections, wishes }: Limited): number[] => [
    connections,
    idleConnections,
    wishes,
  ];

  it("begin with the configured limits, and say what is there and what is wished", async () => {
    open(3, 2);
    assert.deepEqual([total().most, total().isFirm], [3, true]);
    const calls = [1, 2, 3, 4].map(() => call());
    await server.holds(2);
    assert.deepEqual([hostOf(server).most, hostOf(server).isFirm], [2, true]);
    assert.deepEqual(numbersOf(hostOf(server)), [2, 0, 0]);
    assert.deepEqual(numbersOf(total()), [2, 0, 0]);
    set(hostOf(server), { most: 0 });
    assert.deepEqual(numbersOf(hostOf(server)), [2, 0, 0]);
    server.stayOpen();
    set(hostOf(server), { most: 2 });
    for (const outcome of await Promise.all(calls)) assert.deepEqual(plainOutcome(outcome), OK);
  });

  it("are opened one by one as leases come, and the rest is wished", async () => {
    open(5, 4);
    set(total(), { most: 1 });
    const calls = [1, 2, 3, 4, 5].map(() => call());
    await server.holds(1);
    assert.deepEqual([numbersOf(hostOf(server)), total().wishes], [[1, 0, 3], 3]);
    set(total(), { most: 2 });
    await server.holds(2);
    assert.deepEqual([numbersOf(hostOf(server)), total().wishes], [[2, 0, 2], 2]);
    set(hostOf(server), { most: 3 });
    set(total(), { most: 5 });
    await server.holds(3);
    assert.deepEqual([numbersOf(hostOf(server)), total().wishes], [[3, 0, 1], 1]);
    assert.deepEqual([...leases.changes], [hostOf(server)]);
    server.stayOpen();
    await Promise.all(calls);
    assert.deepEqual(numbersOf(total()), [3, 3, 0]);
  });

  it("are closed where they are idle, if the total becomes less, the least recently used ones first", async () => {
    open(5);
    await idle(2);
    await idle(2, other);
    set(total(), { most: 4 });
    assert.deepEqual(stats(), [0, 0, 4]);
    set(total(), { most: 3 });
    assert.deepEqual(stats(), [0, 0, 3]);
    assert.deepEqual([hostOf(server).idleConnections, hostOf(other).idleConnections], [1, 2]);
    set(total(), { most: 1 });
    assert.deepEqual([hostOf(server).idleConnections, hostOf(other).idleConnections], [0, 1]);
  });

  it("are closed at one host, if the limit of this host becomes less", async () => {
    open(0, 5);
    await idle(2);
    await idle(2, other);
    set(hostOf(other), { most: 1 });
    assert.deepEqual([hostOf(server).idleConnections, hostOf(other).idleConnections], [2, 1]);
  });

  it("are closed when they come free, if they are too many then", async () => {
    open(2);
    const calls = [call(), call(other)];
    await server.holds(1);
    await other.holds(1);
    set(total(), { most: 1 });
    server.open();
    assert.deepEqual(plainOutcome(await (calls[0] as Promise<Outcome>)), OK);
    assert.deepEqual(stats(), [0, 1, 0]);
    other.open();
    assert.deepEqual(plainOutcome(await (calls[1] as Promise<Outcome>)), OK);
    assert.deepEqual(stats(), [0, 0, 1]);
  });

  it("stay idle although somebody waits, until it is certain that there will be no more", async () => {
    open(1);
    await idle(1);
    set(total(), { isFirm: false });
    const waiting = call(other);
    assert.deepEqual(stats(), [1, 0, 1]);
    set(total(), { isFirm: true });
    await other.holds(1);
    other.open();
    assert.deepEqual(plainOutcome(await waiting), OK);
  });

  it("are waited for by nobody after a refusal, and by all again when it is over", async () => {
    open(1);
    const served = call();
    await server.holds(1);
    const waiting = [call(), call(), call(other)];
    leases.owner?.onRefusal(new Error("gone"));
    for (const outcome of await Promise.all(waiting)) assert.deepEqual(plainOutcome(outcome), REFUSED);
    assert.deepEqual(plainOutcome(await call(other)), REFUSED);
    assert.deepEqual(stats(), [0, 1, 0]);
    leases.owner?.onRefusal(null);
    const later = call();
    assert.deepEqual(stats(), [1, 1, 0]);
    server.stayOpen();
    assert.deepEqual(plainOutcome(await served), OK);
    assert.deepEqual(plainOutcome(await later), OK);
    // Whoever finds an idle connection needs no lease.
    leases.owner?.onRefusal(new Error("gone"));
    assert.deepEqual(plainOutcome(await call()), OK);
  });

  it("are refused in turns of the event loop, so that it hears that this is over", async () => {
    open(1);
    leases.owner?.onRefusal(new Error("gone"));
    let isOver = false;
    setImmediate(() => {
      isOver = true;
      leases.owner?.onRefusal(null);
      server.stayOpen();
    });
    for (let calls = 0; !isOver; calls++) {
      assert.ok(calls < 1000, "nothing else happens any more");
      await call();
    }
    assert.deepEqual(plainOutcome(await call()), OK);
  });

  it("are forgotten with their host", async () => {
    open(1);
    await idle(1);
    assert.equal(leases.hosts.size, 1);
    await network.close();
    assert.equal(leases.hosts.size, 0);
  });
});
