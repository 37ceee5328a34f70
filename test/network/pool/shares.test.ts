import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Outcome } from "../../../host/network/transfer/transfer.ts";
import { GateServer } from "../../support/gate-server.ts";
import { startScriptedServer } from "../../support/scripted-server.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const REFUSED = { code: "COULDNT_CONNECT" };
const APPLICATION = null;

describe("the connections of a thread, among scripts and the application", () => {
  let gate: GateServer;
  let other: GateServer;
  let network: Network;
  let runs = 0;
  beforeEach(async () => {
    gate = await GateServer.start();
    other = await GateServer.start();
  });
  afterEach(async () => {
    await network.destroy();
    await gate.close();
    await other.close();
  });

  const open = (maxTotal: number, maxHost = 0): void => {
    network = new Network([{ id: "t", maxTotal, maxHost }]);
  };
  const calls = (script: number | null, count: number, to = gate, signal?: AbortSignal): Promise<Outcome>[] =>
    Array.from({ length: count }, () => {
      const asker = script === null ? null : { number: ++runs, script };
      return network.perform(transferTo(to.base), { asker, signal });
    });
  const endRight = async (all: Promise<Outcome>[]): Promise<void> => {
    gate.stayOpen();
    other.stayOpen();
    for (const outcome of await Promise.all(all)) assert.deepEqual(plainOutcome(outcome), OK);
    await network.close();
  };

  for (const [limit, share] of [
    [1, 1],
    [2, 1],
    [5, 2],
    [6, 3],
  ] as const) {
    it(`a script has ${share} of ${limit}, and the application the rest at once`, async () => {
      open(limit);
      const ofScript = calls(1, 10);
      await gate.holds(share);
      const own = calls(APPLICATION, limit - share);
      await gate.holds(limit);
      assert.equal(network.stats().t?.queued, 10 - share);
      await endRight([...ofScript, ...own]);
    });
  }

  it("a script has its share of the connections to a host, and waits only there", async () => {
    open(0, 4);
    const all = [...calls(1, 10), ...calls(1, 3, other)];
    await gate.holds(2);
    await other.holds(2);
    all.push(...calls(APPLICATION, 2));
    await gate.holds(4);
    await endRight(all);
  });

  it("a script that waits for its share keeps no other script from its own", async () => {
    open(4);
    const all = [...calls(1, 10), ...calls(2, 10)];
    await gate.holds(4);
    assert.equal(network.stats().t?.queued, 16);
    await endRight(all);
  });

  it("what a script gives back goes to its next call", async () => {
    open(4);
    const controller = new AbortController();
    const aborted = calls(1, 2, gate, controller.signal);
    await gate.holds(2);
    const waiting = calls(1, 2, other);
    controller.abort();
    await other.holds(2);
    await Promise.all(aborted);
    await endRight(waiting);
  });

  it("a call that is aborted while it waits takes nothing along", async () => {
    open(2);
    const controller = new AbortController();
    const first = calls(1, 1);
    const aborted = calls(1, 1000, gate, controller.signal);
    const last = calls(1, 1);
    controller.abort();
    for (const outcome of await Promise.all(aborted)) assert.equal("code" in outcome, true);
    assert.equal(network.stats().t?.queued, 1);
    await endRight([...first, ...last]);
  });

  it("the application is first in line, before scripts that came earlier", async () => {
    const server = await startScriptedServer();
    open(1);
    const ask = (path: string, script: number | null): Promise<Outcome> => {
      const asker = script === null ? null : { number: ++runs, script };
      return network.perform(transferTo(`${server.base}${path}`), { asker });
    };
    const all = [ask("/1", 1), ask("/2", 2), ask("/3", 3), ask("/own1", null), ask("/own2", null)];
    await endRight(all);
    assert.deepEqual(
      server.requests.map(({ target }) => target),
      ["/1", "/own1", "/own2", "/2", "/3"],
    );
    await server.close();
  });

  it("many calls of a script that fail at once all fail", async () => {
    network = new Network([{ id: "t", maxTotal: 4, maxHost: 2 }], {
      connect: async () => {
        throw new Error("refused");
      },
    });
    for (const outcome of await Promise.all(calls(1, 5000))) assert.deepEqual(plainOutcome(outcome), REFUSED);
    assert.equal(network.stats().t?.queued, 0);
  });
});
