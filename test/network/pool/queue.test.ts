import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { startScriptedServer } from "../../support/scripted-server.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };

describe("ten thousand calls at a time", () => {
  it("all come to their own result over ten connections", async () => {
    const server = await startScriptedServer();
    const network = new Network([{ id: "t", maxTotal: 10, maxHost: 0 }]);
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      network.perform(transferTo(`${server.base}/${index}`, { timeout: 300 })),
    );
    assert.deepEqual(network.stats().t, {
      queued: 9990,
      active: 10,
      idle: 0,
      http2: 0,
      completed: 0,
      failed: 0,
    });
    for (const outcome of await Promise.all(calls)) assert.deepEqual(plainOutcome(outcome), OK);
    assert.equal(new Set(server.requests.map(({ target }) => target)).size, 10_000);
    assert.equal(server.connections.accepted, 10);
    await network.close();
    await server.close();
  });

  it("start in the order in which they came", async () => {
    const server = await startScriptedServer();
    const network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }]);
    await Promise.all(
      Array.from({ length: 500 }, (_, index) => network.perform(transferTo(`${server.base}/${index}`))),
    );
    assert.deepEqual(
      server.requests.map(({ target }) => target),
      Array.from({ length: 500 }, (_, index) => `/${index}`),
    );
    await network.close();
    await server.close();
  });

  it("all leave the queue at the word of one signal", async () => {
    const network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }], {
      connect: (_destination, { signal }) =>
        new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    const controller = new AbortController();
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      network.perform(transferTo(`http://127.0.0.${index % 200}:1/`), { signal: controller.signal }),
    );
    assert.equal(network.stats().t?.queued, 9999);
    controller.abort();
    for (const outcome of await Promise.all(calls)) {
      assert.deepEqual(plainOutcome(outcome), { code: "ABORTED_BY_CALLBACK" });
    }
    assert.deepEqual(network.stats().t, {
      queued: 0,
      active: 0,
      idle: 0,
      http2: 0,
      completed: 0,
      failed: 10_000,
    });
    await network.close();
  });

  it("fail one by one where nothing listens", async () => {
    let opened = 0;
    const network = new Network([{ id: "t", maxTotal: 7, maxHost: 2 }], {
      connect: async () => {
        opened++;
        throw new Error("refused");
      },
    });
    const calls = Array.from({ length: 10_000 }, (_, index) =>
      network.perform(transferTo(`http://host-${index % 1000}.example/`)),
    );
    for (const outcome of await Promise.all(calls)) {
      assert.deepEqual(plainOutcome(outcome), { code: "COULDNT_CONNECT" });
    }
    assert.equal(opened, 10_000);
    await network.close();
  });
});

describe("a connection that is there although nobody wants it any more", () => {
  it("is closed, and no longer counts", async () => {
    const socket = new PassThrough();
    let connected: (socket: PassThrough) => void = () => {};
    const network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }], {
      connect: () =>
        new Promise((resolve) => {
          connected = resolve;
        }),
    });
    const controller = new AbortController();
    const call = network.perform(transferTo("http://127.0.0.1:1/"), { signal: controller.signal });
    controller.abort();
    assert.deepEqual(plainOutcome(await call), { code: "ABORTED_BY_CALLBACK" });
    const closed = network.close();
    connected(socket);
    await closed;
    assert.equal(socket.destroyed, true);
  });
});
