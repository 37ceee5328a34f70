import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Body } from "../../../host/network/transfer/body.ts";

import {
  andThen,
  OK,
  type ScriptedServer,
  type ServerEntry,
  startScriptedServer,
} from "../../support/scripted-server.ts";
import { chunks, fileBody, plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OUTCOME = { status: 200, content: "ok" };
const CLOSE: ServerEntry = { end: true };
const RESET: ServerEntry = { reset: true };

describe("a connection that is used again and dies before the response", () => {
  let script: ServerEntry[];
  let server: ScriptedServer;
  let network: Network;

  beforeEach(async () => {
    script = [OK];
    server = await startScriptedServer(script);
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
    assert.deepEqual(await call(null), OUTCOME);
  });
  afterEach(async () => {
    await network.destroy();
    await server.close();
  });

  const call = async (body: Body | null, method: string | null = null): Promise<unknown> =>
    plainOutcome(await network.perform(transferTo(server.base, { body, method })));

  for (const [how, entry] of Object.entries({ closes: CLOSE, resets: RESET })) {
    it(`is replaced by a fresh one, whatever the method, where the peer ${how}`, async () => {
      for (const method of ["GET", "POST", "DELETE", "PATCH"]) {
        script.splice(0, script.length, ...server.requests.map(() => OK), entry);
        const accepted = server.connections.accepted;
        assert.deepEqual(await call(stringBody("x"), method), OUTCOME);
        const sent = server.requests.slice(-2).map((request) => [request.method, request.body.toString()]);
        assert.deepEqual(sent, [
          [method, "x"],
          [method, "x"],
        ]);
        assert.equal(server.connections.accepted, accepted + 1);
      }
    });
  }

  it("is replaced once: what a fresh connection does is the outcome", async () => {
    script.push(CLOSE, CLOSE);
    assert.deepEqual(await call(null), { code: "GOT_NOTHING" });
    assert.equal(server.requests.length, 3);
    script.push(OK, RESET, RESET);
    assert.deepEqual(await call(null), OUTCOME);
    assert.deepEqual(await call(null), { code: "RECV_ERROR" });
  });

  it("is replaced until a line of the response arrived, as libcurl counts no part of one", async () => {
    script.push({ send: "HTTP/1.1 2", end: true }, OK, { send: "HTTP/1.1 200 OK\r\nX", reset: true });
    assert.deepEqual(await call(null), OUTCOME);
    assert.equal(server.requests.length, 3);
    assert.deepEqual(await call(null), { code: "RECV_ERROR" });
    assert.equal(server.requests.length, 4);
  });

  it("is not replaced where the File was read", async () => {
    script.push(CLOSE);
    assert.deepEqual(await call(fileBody(chunks("x"))), { code: "SEND_FAIL_REWIND" });
    assert.equal(server.requests.length, 2);
  });

  it("is replaced where the body can be read again", async () => {
    script.push(CLOSE);
    const body = fileBody(chunks(), { replayable: true, open: () => chunks("again") });
    assert.deepEqual(await call(body), OUTCOME);
    assert.equal(server.requests.at(-1)?.body.toString(), "again");
  });
});

describe("a fresh connection that dies before the response", () => {
  it("is a failure", async () => {
    const server = await startScriptedServer([CLOSE, RESET]);
    const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
    assert.deepEqual(plainOutcome(await network.perform(transferTo(server.base))), { code: "GOT_NOTHING" });
    assert.deepEqual(plainOutcome(await network.perform(transferTo(server.base))), { code: "RECV_ERROR" });
    assert.equal(server.requests.length, 2);
    await network.destroy();
    await server.close();
  });
});

describe("an idle connection that the server closes", () => {
  it("no longer counts, and is not used again", async () => {
    const server = await startScriptedServer([andThen({ ...OK, end: true }, "", 20)]);
    const network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }]);
    assert.deepEqual(plainOutcome(await network.perform(transferTo(server.base))), OUTCOME);
    assert.equal(network.stats().t?.idle, 1);
    while (network.stats().t?.idle === 1) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(plainOutcome(await network.perform(transferTo(server.base))), OUTCOME);
    assert.deepEqual([server.connections.accepted, server.connections.most], [2, 1]);
    await network.destroy();
    await server.close();
  });

  it("does not count either when it says more than it was asked", async () => {
    const server = await startScriptedServer([andThen(OK, "HTTP/1.1 200 OK\r\n", 20)]);
    const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
    assert.deepEqual(plainOutcome(await network.perform(transferTo(server.base))), OUTCOME);
    while (network.stats().t?.idle === 1) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(plainOutcome(await network.perform(transferTo(server.base))), OUTCOME);
    assert.equal(server.connections.accepted, 2);
    await network.destroy();
    await server.close();
  });
});

describe("a server that is killed", () => {
  it("harms nobody, sixty times in the middle of everything", async () => {
    const network = new Network([{ id: "t", maxTotal: 8, maxHost: 0 }]);
    let statuses = 0;
    let failures = 0;
    for (let round = 0; round < 60; round++) {
      const server = await startScriptedServer([], { otherwise: { ...OK, delay_ms: round % 3 } });
      const calls = Array.from({ length: 20 }, (_, index) =>
        network.perform(
          transferTo(server.base, { body: index % 2 === 0 ? stringBody("x") : fileBody(chunks("a", "b")) }),
        ),
      );
      await Promise.race(calls);
      if (round % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
      await server.close();
      for (const outcome of await Promise.all(calls)) {
        if ("status" in outcome) statuses++;
        else failures++;
      }
    }
    assert.equal(statuses + failures, 1200);
    assert.ok(statuses >= 60);
    await network.close();
    const stats = network.stats().t;
    assert.deepEqual(stats, {
      queued: 0,
      active: 0,
      idle: 0,
      http2: 0,
      completed: statuses,
      failed: failures,
    });
  });
});
