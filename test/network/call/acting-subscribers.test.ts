import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { ScriptPolicy } from "../../../host/network/policy/script-policy.ts";
import type { Policy } from "../../../host/network/transfer/policy.ts";
import { OK, type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { chunks, fileBody, plainOutcome, transferTo } from "../../support/transfers.ts";

const ABORTED = { code: "ABORTED_BY_CALLBACK" };
const CALM = { queued: 0, active: 0 };

describe("whoever is told of a call may end it in that moment", () => {
  let server: ScriptedServer;
  let network: Network;
  let controller: AbortController;
  let stop: () => void;

  beforeEach(async () => {
    server = await startScriptedServer([
      { send: "HTTP/1.1 302 X\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n" },
    ]);
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 1 }]);
    controller = new AbortController();
    stop = () => {};
  });
  afterEach(async () => {
    stop();
    await network.destroy();
    await server.close();
  });

  function on(name: string, act: () => void): void {
    diagnostics.subscribe(`http-background:${name}`, act);
    stop = () => diagnostics.unsubscribe(`http-background:${name}`, act);
  }

  const abort = (): void => controller.abort();

  async function assertCalm(): Promise<void> {
    const { queued, active } = network.stats().t ?? assert.fail();
    assert.deepEqual({ queued, active }, CALM);
    await network.close();
    assert.equal(network.stats().t?.idle, 0);
  }

  it("when it starts: nothing is sent, and no timer is left", async () => {
    on("call:start", abort);
    const transfer = transferTo(server.base, { timeout: 1000, body: fileBody(chunks("x")) });
    assert.deepEqual(plainOutcome(await network.perform(transfer, { signal: controller.signal })), ABORTED);
    assert.equal((transfer.body as unknown as { isClosed: boolean }).isClosed, true);
    assert.equal(server.connections.accepted, 0);
    assert.ok(!process.getActiveResourcesInfo().includes("Timeout"));
    await assertCalm();
  });

  it("when it starts, by the end of the network", async () => {
    let end: Promise<void> | undefined;
    on("call:start", () => {
      end ??= network.destroy();
    });
    assert.deepEqual(
      plainOutcome(await network.perform(transferTo(server.base, { timeout: 1000 }))),
      ABORTED,
    );
    await end;
    assert.equal(server.connections.accepted, 0);
    assert.ok(!process.getActiveResourcesInfo().includes("Timeout"));
  });

  it("when it has waited: its request is not sent, and the connection is another's", async () => {
    on("call:queued", abort);
    const first = network.perform(transferTo(`${server.base}/first`));
    const second = network.perform(transferTo(`${server.base}/second`), { signal: controller.signal });
    const third = network.perform(transferTo(`${server.base}/third`));
    await Promise.all([first, third]);
    assert.deepEqual(plainOutcome(await second), ABORTED);
    assert.deepEqual(
      server.requests.map(({ target }) => target),
      ["/first", "/third"],
    );
    assert.equal(server.connections.most, 1);
    await assertCalm();
  });

  for (const event of ["hop:start", "hop:sent"]) {
    it(`when a request is to be sent (${event}): it is not`, async () => {
      on(event, abort);
      const body = fileBody(chunks("x"));
      const transfer = transferTo(`${server.base}/first`, { body });
      assert.deepEqual(plainOutcome(await network.perform(transfer, { signal: controller.signal })), ABORTED);
      assert.equal(body.isClosed, true);
      stop();
      await network.perform(transferTo(`${server.base}/second`));
      assert.deepEqual(
        server.requests.map(({ target }) => target),
        ["/second"],
      );
      await assertCalm();
    });
  }

  it("when a hop ends: its redirect is not followed", async () => {
    on("hop:end", abort);
    const calling = network.perform(transferTo(server.base, { redirects: 5 }), { signal: controller.signal });
    assert.deepEqual(plainOutcome(await calling), ABORTED);
    assert.equal(server.requests.length, 1);
    await assertCalm();
  });

  it("when a hop ends that would be repeated: it is not", async () => {
    const stale = await startScriptedServer([OK, { send: "", end: true }]);
    let observed = 0;
    const policy: Policy = { observe: () => void observed++, checkUrl() {}, checkAddress() {} };
    await network.perform(transferTo(stale.base));
    on("hop:end", abort);
    const calling = network.perform(transferTo(stale.base), { policy, signal: controller.signal });
    assert.deepEqual(plainOutcome(await calling), ABORTED);
    assert.equal(observed, 1);
    assert.equal(stale.requests.length, 2);
    await stale.close();
  });

  it("when a response is there: its redirect is not followed", async () => {
    on("response", abort);
    const calling = network.perform(transferTo(server.base, { redirects: 5 }), { signal: controller.signal });
    assert.deepEqual(plainOutcome(await calling), ABORTED);
    await network.perform(transferTo(`${server.base}/after`));
    assert.deepEqual(
      server.requests.map(({ target }) => target),
      ["/", "/after"],
    );
    await assertCalm();
  });

  it("when it was denied, and is told of it later", async () => {
    on("policy:denied", abort);
    const policy = Object.assign(createPolicy({ allow: [] }, { audience: "application" }) as Policy, {
      denialGridMs: 1_000_000,
    });
    const calling = network.perform(transferTo(server.base), { policy, signal: controller.signal });
    assert.deepEqual(plainOutcome(await calling), ABORTED);
    assert.ok(!process.getActiveResourcesInfo().includes("Timeout"));
    await assertCalm();
  });

  it("when it ends, by the end of the network", { timeout: 10_000 }, async () => {
    let end: Promise<void> | undefined;
    on("call:end", () => {
      end ??= network.destroy();
    });
    const calls = ["/a", "/b", "/c"].map((path) => network.perform(transferTo(`${server.base}${path}`)));
    const [first, ...others] = await Promise.all(calls);
    assert.equal(first !== undefined && "status" in first && first.status, 302);
    for (const outcome of others) assert.deepEqual(plainOutcome(outcome), ABORTED);
    await end;
    assert.equal(network.stats().t?.failed, 2);
  });

  it("when it ends, by another call: a network that is closed tells of none", {
    timeout: 10_000,
  }, async () => {
    const more: Promise<unknown>[] = [];
    on("call:end", () => {
      more.push(network.perform(transferTo(server.base)));
    });
    const calling = network.perform(transferTo(server.base));
    await network.destroy();
    assert.deepEqual(plainOutcome(await calling), ABORTED);
    assert.equal(more.length, 1);
    await Promise.all(more);
  });

  it("when a connection is open, by the end of the network", async () => {
    let end: Promise<void> | undefined;
    on("connection:open", () => {
      end ??= network.destroy();
    });
    assert.deepEqual(plainOutcome(await network.perform(transferTo(server.base))), ABORTED);
    await end;
    assert.deepEqual(server.requests, []);
  });

  it("when an origin is asked for: nothing is looked up or dialled", async () => {
    const allow =
      createPolicy({}, { audience: "application" }) ?? ({ checkUrl() {}, checkAddress() {} } as Policy);
    const policy = new ScriptPolicy(allow, { onOrigin: abort }, false);
    const calling = network.perform(transferTo(server.base), { policy, signal: controller.signal });
    assert.deepEqual(plainOutcome(await calling), ABORTED);
    assert.equal(server.connections.accepted, 0);
    await assertCalm();
  });

  it("when an origin is asked for, by throwing", async () => {
    const fail = () => assert.fail("no");
    for (const observers of [{ onOrigin: fail }, { onRequest: fail }]) {
      const policy = new ScriptPolicy({ checkUrl() {}, checkAddress() {} }, observers, false);
      assert.deepEqual(plainOutcome(await network.perform(transferTo(server.base), { policy })), ABORTED);
    }
    await assertCalm();
  });
});

describe("the time that a call took", () => {
  it("is told whoever subscribed when", async () => {
    const server = await startScriptedServer();
    const network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }]);
    const messages: Record<string, unknown>[] = [];
    const listen = (message: unknown): void => void messages.push(message as Record<string, unknown>);
    const calls = [0, 1].map(() => network.perform(transferTo(server.base)));
    for (const name of ["call:queued", "call:end"]) diagnostics.subscribe(`http-background:${name}`, listen);
    await Promise.all(calls);
    for (const name of ["call:queued", "call:end"])
      diagnostics.unsubscribe(`http-background:${name}`, listen);
    assert.equal(messages.length, 3);
    for (const { tookMs, waitedMs } of messages) {
      const ms = (tookMs ?? waitedMs) as number;
      assert.ok(typeof ms === "number" && ms > 0 && ms < 60_000, String(ms));
    }
    await network.close();
    await server.close();
  });
});
