import assert from "node:assert/strict";
import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Outcome } from "../../../host/network/transfer/transfer.ts";
import { GateServer } from "../../support/gate-server.ts";
import { GatedConnect } from "../../support/gated-connect.ts";
import { listen } from "../../support/listener.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const ABORTED = { code: "ABORTED_BY_CALLBACK" };

describe("a call that waits for its dial", () => {
  let server: GateServer;
  let other: GateServer;
  let gates: GatedConnect;
  let network: Network;

  beforeEach(async () => {
    server = await GateServer.start();
    other = await GateServer.start();
    gates = new GatedConnect();
  });
  afterEach(async () => {
    await network.destroy();
    await server.close();
    await other.close();
  });

  function limit(maxHost: number, maxTotal = 0): void {
    network = new Network([{ id: "t", maxTotal, maxHost }], { connect: gates.connect });
  }

  function call(to = server, signal?: AbortSignal): Promise<Outcome> {
    return network.perform(transferTo(to.base), { signal });
  }

  async function answer(outcome: Promise<Outcome>): Promise<void> {
    assert.deepEqual(plainOutcome(await outcome), OK);
  }

  function stats(): number[] {
    const { queued, active, idle } = network.stats().t ?? assert.fail();
    return [queued, active, idle];
  }

  /** The first call has a connection and waits for its answer; the second one waits for its dial. */
  async function beginTwo(): Promise<[Promise<Outcome>, Promise<Outcome>]> {
    const first = call();
    gates.dials[0]?.open();
    await server.holds(1);
    return [first, call()];
  }

  /** Both have their answers, on the connection of the first. The dial of the second goes on. */
  async function serveTwo(): Promise<void> {
    const [first, second] = await beginTwo();
    server.open();
    await answer(first);
    await server.holds(1);
    server.open();
    await answer(second);
    assert.equal(gates.dials.length, 2);
    assert.equal(gates.dials[1]?.isDropped, false);
  }

  it("is served by a connection that comes free before", async () => {
    limit(0);
    await serveTwo();
    assert.deepEqual(stats(), [0, 0, 1]);
  });

  it("keeps what it dialled idle, and a later call has it", async () => {
    limit(2);
    await serveTwo();
    gates.dials[1]?.open();
    const third = call();
    await server.holds(1);
    const fourth = call();
    await server.holds(2);
    server.open();
    await answer(third);
    await answer(fourth);
    assert.equal(gates.dials.length, 2);
    assert.deepEqual(stats(), [0, 0, 2]);
  });

  it("does not notice if its dial fails later, and neither does anybody else", async () => {
    limit(2);
    await serveTwo();
    const third = call();
    await server.holds(1);
    const fourth = call();
    assert.deepEqual(stats(), [1, 1, 0]);
    gates.dials[1]?.fail();
    (await gates.dial(2)).open();
    await server.holds(2);
    server.open();
    await answer(third);
    await answer(fourth);
    assert.deepEqual(network.stats().t, { queued: 0, active: 0, idle: 2, http2: 0, completed: 4, failed: 0 });
  });

  it("fails if its dial fails first", async () => {
    limit(0);
    const [first, second] = await beginTwo();
    gates.dials[1]?.fail();
    assert.deepEqual(plainOutcome(await second), { code: "COULDNT_CONNECT" });
    server.open();
    await answer(first);
    assert.deepEqual(stats(), [0, 0, 1]);
  });

  it("gives its dial to the one that came after it, if this one has none", async () => {
    limit(2);
    const [first, second] = await beginTwo();
    const third = call();
    assert.deepEqual(stats(), [1, 2, 0]);
    server.open();
    await answer(first);
    await server.holds(1);
    gates.dials[1]?.open();
    await server.holds(2);
    server.open();
    await answer(second);
    await answer(third);
    assert.equal(gates.dials.length, 2);
  });

  it("is served in its turn: who came first has the connection that comes free", async () => {
    limit(0);
    const [first, second] = await beginTwo();
    const third = call();
    server.open();
    await answer(first);
    await server.holds(1);
    server.open();
    await answer(second);
    await server.holds(1);
    server.open();
    await answer(third);
  });

  it("has a dial that is ended where a call to another host needs its place", async () => {
    limit(0, 2);
    await serveTwo();
    const elsewhere = call(other);
    assert.equal(gates.dials[1]?.isDropped, true);
    (await gates.dial(2)).open();
    await other.holds(1);
    other.open();
    await answer(elsewhere);
    assert.deepEqual(stats(), [0, 0, 2]);
  });

  it("has a dial that nobody waits for longer than a second", async () => {
    limit(3);
    await serveTwo();
    const third = call();
    await server.holds(1);
    const fourth = call();
    assert.equal(gates.dials.length, 2);
    (await gates.dial(2)).open();
    await server.holds(2);
    server.open();
    await answer(third);
    await answer(fourth);
    assert.equal(gates.dials[1]?.isDropped, false);
  });

  it("has a slow dial that is ended where the limit of its host lacks a place", async () => {
    limit(2);
    await serveTwo();
    const third = call();
    await server.holds(1);
    const fourth = call();
    (await gates.dial(2)).open();
    assert.equal(gates.dials[1]?.isDropped, true);
    await server.holds(2);
    server.open();
    await answer(third);
    await answer(fourth);
  });

  it("takes its dial along when it is aborted", async () => {
    limit(2);
    const first = call();
    gates.dials[0]?.open();
    await server.holds(1);
    const controller = new AbortController();
    const second = call(server, controller.signal);
    const third = call();
    controller.abort();
    assert.deepEqual(plainOutcome(await second), ABORTED);
    assert.equal(gates.dials[1]?.isDropped, true);
    (await gates.dial(2)).open();
    await server.holds(2);
    server.open();
    await answer(first);
    await answer(third);
  });

  it("keeps nothing idle on which the server spoke unasked", async (t) => {
    limit(2);
    const sockets: Socket[] = [];
    const { port } = await listen(t, (socket) => {
      // The second connection is spare when this is sent.
      if (sockets.push(socket) === 2) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nFORGED");
      socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    });
    const perform = (): Promise<Outcome> => network.perform(transferTo(`http://127.0.0.1:${port}/`));
    const first = perform();
    const second = perform();
    gates.dials[0]?.open();
    await answer(first);
    await answer(second);
    gates.dials[1]?.open();
    while (sockets.length < 2) await new Promise(setImmediate);
    const [, spare] = sockets as [Socket, Socket];
    if (!spare.destroyed) await once(spare, "close");
    await answer(perform());
    assert.deepEqual(stats(), [0, 0, 1]);
  });

  for (const end of ["close", "destroy"] as const) {
    it(`leaves no dial behind after ${end}()`, async () => {
      limit(0);
      await serveTwo();
      await network[end]();
      assert.equal(gates.dials[1]?.isDropped, true);
      assert.deepEqual(stats(), [0, 0, 0]);
    });
  }
});
