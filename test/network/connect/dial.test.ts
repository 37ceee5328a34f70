import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Race } from "../../../host/network/connect/dial.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import { fullBacklog } from "../../support/black-hole.ts";
import { leftovers, openHandles } from "../../support/handles.ts";
import { closedPort, listen } from "../../support/listener.ts";
import { ONE_LOOPBACK } from "../../support/platform.ts";

/** A race to these addresses, and the order in which they were dialled. */
function race(addresses: string[], port: number, denied: string[] = []) {
  const dialled: string[] = [];
  const route = {
    addresses,
    port,
    localAddress: () => undefined,
    approve: (address: string): void => {
      if (denied.includes(address)) throw new TransferFailure("DENIED");
      dialled.push(address);
    },
  };
  return { dialled, race: new Race(route) };
}

describe("Race", () => {
  it("dials the next address at once when one is refused, families by turns", {
    skip: ONE_LOOPBACK,
  }, async (t) => {
    const { port } = await listen(t, () => {}, { host: "127.0.0.4" });
    const { dialled, race: run } = race(["127.0.0.2", "127.0.0.3", "127.0.0.4", "::1"], port);
    const socket = await run.run();
    assert.equal(socket.remoteAddress, "127.0.0.4");
    assert.deepEqual(dialled, ["127.0.0.2", "::1", "127.0.0.3", "127.0.0.4"]);
    socket.destroy();
  });

  it("fails with the first address's failure when none can be reached", async () => {
    const { dialled, race: run } = race(["127.0.0.1", "::1"], await closedPort());
    await assert.rejects(run.run(), { name: "TransferFailure", code: "COULDNT_CONNECT" });
    assert.deepEqual(dialled, ["127.0.0.1", "::1"]);
  });

  it("ends when it comes to an address that is denied", { skip: ONE_LOOPBACK }, async (t) => {
    const before = openHandles();
    const { port } = await listen(t, () => {}, { host: "127.0.0.3" });
    const { dialled, race: run } = race(["127.0.0.2", "127.0.0.4", "127.0.0.3"], port, ["127.0.0.4"]);
    await assert.rejects(run.run(), { code: "DENIED" });
    assert.deepEqual(dialled, ["127.0.0.2"]);
    assert.deepEqual(await leftovers(before), []);
  });

  it("gives a silent address a head start of 200 ms, and drops it when another answers", async (t) => {
    const before = openHandles();
    // A full backlog: the kernel drops the SYNs that come after.
    const full = await fullBacklog(t);
    const { port } = full;
    const answering = await listen(t, () => {}, { host: "127.0.0.1", port });
    const { dialled, race: run } = race([full.address, "127.0.0.1"], port);
    const started = performance.now();
    const socket = await run.run();
    const elapsed = performance.now() - started;
    assert.equal(socket.remoteAddress, "127.0.0.1");
    assert.deepEqual(dialled, [full.address, "127.0.0.1"]);
    assert.ok(elapsed >= 199, `${elapsed} ms`);
    socket.destroy();
    await answering.allGone();
    full.release();
    assert.deepEqual(await leftovers(before), []);
  });

  it("dials at most 16 silent addresses at the same time, however many there are", async (t) => {
    const before = openHandles();
    const full = await fullBacklog(t);
    const addresses = [...Array<string>(40).fill(full.address), "127.0.0.1"];
    const answering = await listen(t, () => {}, { host: "127.0.0.1", port: full.port });
    const dialling = (): number => openHandles().filter((kind) => kind === "TCPSocketWrap").length;
    const others = dialling();
    const { dialled, race: run } = race(addresses, full.port);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const winner = run.run();
    let most = 0;
    while (dialled.length < addresses.length) {
      most = Math.max(most, dialling() - others);
      t.mock.timers.tick(200);
      await setImmediate();
      await setImmediate();
    }
    const socket = await winner;
    assert.equal(socket.remoteAddress, "127.0.0.1");
    assert.deepEqual(dialled, addresses);
    assert.equal(most, 16);
    socket.destroy();
    await answering.allGone();
    full.release();
    assert.deepEqual(await leftovers(before), []);
  });

  it("dials nothing more if it is over before its next turn", async (t) => {
    const full = await fullBacklog(t);
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { dialled, race: run } = race([full.address, "127.0.0.1"], full.port);
    run.run().catch(() => {});
    t.mock.timers.tick(200);
    run.destroy();
    await setImmediate();
    await setImmediate();
    assert.deepEqual(dialled, [full.address]);
    full.release();
  });

  it("waits for an address only while there is another", async (t) => {
    const full = await fullBacklog(t);
    const { mock } = t.mock.method(globalThis, "setTimeout");
    const timers = (): number => mock.calls.filter(({ arguments: [, ms] }) => ms === 200).length;
    const { race: run } = race([full.address], full.port);
    run.run().catch(() => {});
    assert.equal(timers(), 0);
    run.destroy();
    const { race: other } = race([full.address, "127.0.0.1"], full.port);
    other.run().catch(() => {});
    assert.equal(timers(), 1);
    other.destroy();
    full.release();
  });

  it("fails where there is nothing to dial", async () => {
    await assert.rejects(race([], 1).race.run(), { name: "TransferFailure", code: "COULDNT_CONNECT" });
  });

  it("leaves no socket and no timer when it is destroyed", async (t) => {
    const before = openHandles();
    const full = await fullBacklog(t);
    const { race: run } = race([full.address, "127.0.0.1"], full.port);
    run.run().catch(() => {});
    run.destroy();
    full.release();
    assert.deepEqual(await leftovers(before), []);
  });
});
