import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { OK } from "../../support/scripted-server.ts";
import { chunks, fileBody, plainOutcome, transferTo } from "../../support/transfers.ts";

const ABORTED = { code: "ABORTED_BY_CALLBACK" };
const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
const REDIRECT = "HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 9\r\n\r\npart";

/** A server that sends one thing when a request begins, and then nothing. */
interface Peer {
  base: string;
  server: Server;
  sockets: Socket[];
}

async function startPeer(sends: string, reads = true): Promise<Peer> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    if (reads) socket.once("data", () => socket.write(sends)).resume();
    else socket.pause();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, server, sockets };
}

async function* endlessly(): AsyncGenerator<Uint8Array> {
  for (;;) yield Buffer.alloc(1 << 16);
}

async function* never(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("x");
  await new Promise(() => {});
}

/** The phases in which a transfer is ended, with what the peer does and what is sent. */
const PHASES: Record<string, { sends?: string; reads?: boolean; changes?: () => Partial<Transfer> }> = {
  "sending, the peer reading nothing": { reads: false, changes: () => ({ body: fileBody(endlessly()) }) },
  "sending, the source giving nothing": { changes: () => ({ body: fileBody(never()) }) },
  "waiting for the response": {},
  "receiving the head": { sends: "HTTP/1.1 200 OK\r\nConte" },
  "receiving the content": { sends: `${HEAD}part` },
  "receiving the content of a redirect": { sends: REDIRECT, changes: () => ({ redirects: 1 }) },
};

for (const [phase, { sends = "", reads = true, changes = () => ({}) }] of Object.entries(PHASES)) {
  describe(`a transfer that is ${phase}`, () => {
    let peer: Peer;
    let network: Network;

    beforeEach(async () => {
      peer = await startPeer(sends, reads);
      network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }]);
    });
    afterEach(async () => {
      await network.destroy();
      for (const socket of peer.sockets) socket.destroy();
      peer.server.close();
    });

    /** Waits until the peer has sent everything, and it was read. */
    async function reach(outcome: Promise<unknown>): Promise<Socket> {
      const isOver = outcome.then(() => assert.fail("it ended by itself"));
      const [socket] = (await Promise.race([once(peer.server, "connection"), isOver])) as [Socket];
      if (reads) await once(socket, "data");
      await new Promise((resolve) => setTimeout(resolve, 20));
      return socket;
    }

    /** Asserts that the peer sees the end of the connection. */
    async function assertGone(socket: Socket): Promise<void> {
      socket.resume();
      if (!socket.closed) await once(socket, "close");
    }

    it("ends at once by its signal, its socket gone", async () => {
      const controller = new AbortController();
      const transfer = transferTo(peer.base, changes());
      const outcome = network.perform(transfer, { signal: controller.signal });
      const socket = await reach(outcome);
      controller.abort();
      assert.deepEqual(plainOutcome(await outcome), ABORTED);
      await assertGone(socket);
      assert.deepEqual(network.stats().t, {
        queued: 0,
        active: 0,
        idle: 0,
        http2: 0,
        completed: 0,
        failed: 1,
      });
    });

    it("ends on time by its timeout, and lets whoever waits go on", async () => {
      const start = performance.now();
      const outcome = network.perform(transferTo(peer.base, { timeout: 1, ...changes() }));
      const socket = await reach(outcome);
      const next = network.perform(transferTo(peer.base));
      assert.equal(network.stats().t?.queued, 1);
      assert.deepEqual(plainOutcome(await outcome), { code: "OPERATION_TIMEDOUT" });
      const tookMs = performance.now() - start;
      assert.ok(tookMs >= 995 && tookMs < 1900, `${tookMs} ms`);
      await assertGone(socket);
      if (reads) await once(peer.server, "connection");
      await network.destroy();
      assert.deepEqual(plainOutcome(await next), ABORTED);
    });

    it("ends when the network is destroyed", async () => {
      const outcome = network.perform(transferTo(peer.base, changes()));
      const socket = await reach(outcome);
      await network.destroy();
      assert.deepEqual(plainOutcome(await outcome), ABORTED);
      await assertGone(socket);
    });
  });
}

describe("a transfer that is not sent yet", () => {
  it("never starts where its signal has aborted", async () => {
    const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { connect: () => assert.fail() });
    const body = fileBody(chunks("x"));
    const outcome = await network.perform(transferTo("http://127.0.0.1:1/", { body }), {
      signal: AbortSignal.abort(),
    });
    assert.deepEqual(plainOutcome(outcome), ABORTED);
    assert.deepEqual([body.started, body.isClosed], [false, true]);
    await network.destroy();
  });

  it("ends at once while its connection is being opened", async () => {
    let opening: AbortSignal | undefined;
    const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
      connect: (_destination, { signal }) => {
        opening = signal;
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    const controller = new AbortController();
    const outcome = network.perform(transferTo("http://127.0.0.1:1/"), { signal: controller.signal });
    assert.deepEqual([opening?.aborted, network.stats().t?.active], [false, 1]);
    controller.abort();
    assert.deepEqual(plainOutcome(await outcome), ABORTED);
    assert.equal(opening?.aborted, true);
    await network.close();
  });

  it("leaves the queue at once, by signal and by timeout", async () => {
    const peer = await startPeer("");
    const network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }]);
    const first = network.perform(transferTo(peer.base));
    const controller = new AbortController();
    const aborted = network.perform(transferTo(peer.base), { signal: controller.signal });
    const late = network.perform(transferTo(peer.base, { timeout: 1 }));
    assert.deepEqual(network.stats().t, { queued: 2, active: 1, idle: 0, http2: 0, completed: 0, failed: 0 });
    controller.abort();
    assert.deepEqual(plainOutcome(await aborted), ABORTED);
    assert.equal(network.stats().t?.queued, 1);
    assert.deepEqual(plainOutcome(await late), { code: "OPERATION_TIMEDOUT" });
    assert.equal(network.stats().t?.queued, 0);
    await network.destroy();
    assert.deepEqual(plainOutcome(await first), ABORTED);
    assert.equal(peer.sockets.length, 1);
    peer.server.close();
  });

  it("may wait longer than a timer of Node's can", async () => {
    const peer = await startPeer(`${HEAD}123456789`);
    const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
    const outcome = await network.perform(transferTo(peer.base, { timeout: 2_147_483 * 2 }));
    assert.deepEqual(plainOutcome(outcome), { status: 200, content: "123456789" });
    await network.close();
    peer.server.close();
  });
});

describe("closing", () => {
  it("lets what is in flight and what waits finish, and refuses the rest", async () => {
    const peer = await startPeer("");
    const network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }]);
    const calls = [0, 1].map(() => network.perform(transferTo(peer.base)));
    const [socket] = (await once(peer.server, "connection")) as [Socket];
    const closed = network.close();
    assert.deepEqual(plainOutcome(await network.perform(transferTo(peer.base))), ABORTED);
    socket.on("data", () => socket.write(OK.send ?? ""));
    for (const call of calls) assert.deepEqual(plainOutcome(await call), { status: 200, content: "ok" });
    await closed;
    assert.deepEqual(network.stats().t, { queued: 0, active: 0, idle: 0, http2: 0, completed: 2, failed: 1 });
    peer.server.close();
  });

  it("can be asked for again, and after destroy", async () => {
    const network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }]);
    await Promise.all([network.close(), network.close(), network.destroy(), network.destroy()]);
    await network.close();
  });

  it("is cut short by destroy", async () => {
    const peer = await startPeer("");
    const network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }]);
    const call = network.perform(transferTo(peer.base));
    await once(peer.server, "connection");
    const closed = network.close();
    await network.destroy();
    assert.deepEqual(plainOutcome(await call), ABORTED);
    await closed;
    peer.server.close();
  });
});
