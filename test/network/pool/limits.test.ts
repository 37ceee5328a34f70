import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { USUAL_IDLE } from "../../../host/network/pool/closing.ts";
import {
  type Gauge,
  newGauge,
  OK,
  type ScriptedServer,
  type ServerEntry,
  startScriptedServer,
} from "../../support/scripted-server.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const OUTCOME = { status: 200, content: "ok" };
const CLOSING: ServerEntry = { ...OK, end: true };
const ANNOUNCED: ServerEntry = {
  send: OK.send?.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n") ?? "",
  end: true,
};

describe("max_total: 3, max_host: 2", () => {
  let network: Network;
  let total: Gauge;
  let servers: ScriptedServer[];

  beforeEach(() => {
    network = new Network([{ id: "t", maxTotal: 3, maxHost: 2 }]);
    total = newGauge();
    servers = [];
  });
  afterEach(async () => {
    await network.destroy();
    for (const server of servers) await server.close();
  });

  async function start(otherwise: ServerEntry): Promise<ScriptedServer> {
    const server = await startScriptedServer([], { otherwise, total });
    servers.push(server);
    return server;
  }

  async function callAll(count: number): Promise<void> {
    const calls = Array.from({ length: count }, (_, index) => {
      const server = servers[index % servers.length] as ScriptedServer;
      return network.perform(transferTo(`${server.base}/${index}`));
    });
    for (const outcome of await Promise.all(calls)) assert.deepEqual(plainOutcome(outcome), OUTCOME);
  }

  for (const [name, entry] of Object.entries({ OK, CLOSING, ANNOUNCED })) {
    it(`is never exceeded, as the servers see it, where they answer with ${name}`, async () => {
      for (let index = 0; index < 4; index++) await start(entry);
      await callAll(400);
      for (const { connections } of servers)
        assert.ok(connections.most <= 2, `${connections.most} to one host`);
      assert.equal(total.most, 3);
      const { idle, ...calls } = network.stats().t ?? assert.fail();
      assert.deepEqual(calls, { queued: 0, active: 0, http2: 0, completed: 400, failed: 0 });
      assert.ok(idle <= 3);
    });
  }

  it("holds for one host alone", async () => {
    const server = await start(OK);
    await callAll(50);
    assert.equal(server.connections.most, 2);
    assert.equal(server.connections.accepted, 2);
  });

  it("does not let a busy host hold up another", async () => {
    const busy = await start({ delay_ms: 60_000 });
    const other = await start(OK);
    const signal = AbortSignal.timeout(60_000);
    const stuck = Array.from({ length: 20 }, () => network.perform(transferTo(busy.base), { signal }));
    for (let index = 0; index < 20; index++) {
      assert.deepEqual(plainOutcome(await network.perform(transferTo(other.base))), OUTCOME);
    }
    const { queued, active } = network.stats().t ?? assert.fail();
    assert.deepEqual([queued, active], [18, 2]);
    await network.destroy();
    for (const outcome of await Promise.all(stuck)) {
      assert.deepEqual(plainOutcome(outcome), { code: "ABORTED_BY_CALLBACK" });
    }
  });

  it("closes an idle connection of another host to make room", async () => {
    for (let index = 0; index < 5; index++) await start(OK);
    for (const { base } of servers) {
      assert.deepEqual(plainOutcome(await network.perform(transferTo(base))), OUTCOME);
    }
    assert.equal(network.stats().t?.idle, 3);
    assert.deepEqual(
      servers.map(({ connections }) => connections.open),
      [0, 0, 1, 1, 1],
    );
    assert.equal(total.most, 3);
  });

  it("serves everybody in the end, whoever could go on without a pause", async () => {
    const [first, second] = [await start(OK), await start(OK), await start({ delay_ms: 60_000 })];
    const stuck = [0, 1].map(() => network.perform(transferTo(servers[2]?.base ?? "")));
    let isDone = false;
    // There is one more connection. Somebody always waits for it.
    const endless = Array.from({ length: 3 }, async () => {
      while (!isDone) await network.perform(transferTo(first.base));
    });
    assert.deepEqual(plainOutcome(await network.perform(transferTo(second.base))), OUTCOME);
    isDone = true;
    await Promise.all(endless);
    await network.destroy();
    await Promise.all(stuck);
  });
});

describe("no limits", () => {
  it("open as many connections as there are calls", async () => {
    const server = await startScriptedServer([], { otherwise: { ...OK, delay_ms: 50 } });
    const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
    await Promise.all(Array.from({ length: 40 }, () => network.perform(transferTo(server.base))));
    assert.equal(server.connections.most, 40);
    assert.equal(network.stats().t?.idle, 40);
    await network.close();
    assert.equal(network.stats().t?.idle, 0);
    await server.close();
  });
});

describe("no max_total", () => {
  let network: Network;
  let server: ScriptedServer;

  beforeEach(async () => {
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
    server = await startScriptedServer([], { otherwise: OK });
  });
  afterEach(async () => {
    await network.destroy();
    await server.close();
  });

  const idle = () => network.stats().t?.idle;
  const call = async (host: number) => {
    const url = server.base.replace("127.0.0.1", `host${host}.localhost`);
    assert.deepEqual(plainOutcome(await network.perform(transferTo(url))), OUTCOME);
  };

  it("keeps a number of idle connections, and closes those that were not used for longest", async () => {
    for (let host = 0; host < USUAL_IDLE; host++) await call(host);
    assert.equal(idle(), USUAL_IDLE);
    await call(0);
    assert.equal(server.connections.accepted, USUAL_IDLE);
    await call(USUAL_IDLE);
    assert.equal(idle(), USUAL_IDLE);
    await call(0);
    assert.equal(server.connections.accepted, USUAL_IDLE + 1);
    await call(1);
    assert.equal(server.connections.accepted, USUAL_IDLE + 2);
  });

  it("keeps as many idle connections as were in use at the same time", async () => {
    const all = Array.from({ length: USUAL_IDLE + 50 }, (_, host) => host);
    for (let round = 0; round < 2; round++) {
      await Promise.all(all.map(call));
      assert.equal(idle(), all.length);
    }
    assert.equal(server.connections.accepted, all.length);
    await call(all.length);
    assert.equal(idle(), all.length);
  });
});
