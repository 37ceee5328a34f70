import assert from "node:assert/strict";
import { once } from "node:events";
import { Duplex } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { MOST_STREAMS } from "../../../host/network/exchange/exchange.ts";
import { Http2 } from "../../../host/network/http2/http2.ts";
import { CLOSE_TIMEOUT_MS, IDLE_MS } from "../../../host/network/http2/limits.ts";
import { Session } from "../../../host/network/http2/session.ts";
import type { Destination } from "../../../host/network/route/destination.ts";
import { FRAME, frame, setting } from "../../support/frame-server.ts";

const HEAD = [":method", "GET", ":scheme", "https", ":authority", "a.example", ":path", "/"];

interface World {
  readonly session: Session;
  readonly socket: Duplex;
  /** How often the owner and the socket were called. */
  readonly calls: { capacity: number; closed: number; destroyed: number };
  readonly pass: (ms: number) => Promise<void>;
  /** The timer of its idle time. A timer that a test moves does not begin again when it is refreshed. */
  readonly idle: NodeJS.Timeout;
  /** What the peer gets. */
  readonly written: readonly Buffer[];
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A session whose peer says nothing, and whose time the test moves. */
function world(t: TestContext): World {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const written: Buffer[] = [];
  const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
    written.push(chunk);
    done();
  };
  const socket = new Duplex({ read() {}, write });
  const calls = { capacity: 0, closed: 0, destroyed: 0 };
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    calls.destroyed++;
    return destroy(error);
  };
  const owner = { onCapacity: () => void calls.capacity++, onClosed: () => void calls.closed++ };
  const { mock } = t.mock.method(globalThis, "setTimeout");
  const session = new Session({ proxy: null } as Destination, socket, owner);
  const idle = mock.calls.find(({ arguments: [, ms] }) => ms === IDLE_MS)?.result ?? assert.fail();
  t.after(() => session.destroy());
  const pass = async (ms: number): Promise<void> => {
    t.mock.timers.tick(ms);
    await turn();
  };
  return { session, socket, calls, pass, idle, written };
}

describe("a connection over HTTP/2", () => {
  const owner = { onCapacity() {}, onClosed() {} };
  const connect = (): { connection: Http2; socket: Duplex } => {
    const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    return { connection: new Http2({ proxy: null } as Destination, socket, owner), socket };
  };

  it("is over at once when it is destroyed", async () => {
    const { connection, socket } = connect();
    connection.destroy();
    assert.deepEqual([connection.capacity, socket.destroyed], [0, true]);
    if (!socket.closed) await once(socket, "close");
  });

  it("takes nothing more when it is closed, and waits for its peer", async (t) => {
    const { connection, socket } = connect();
    t.after(() => connection.destroy());
    assert.equal(connection.capacity, 1);
    connection.close();
    assert.deepEqual([connection.capacity, socket.destroyed], [0, false]);
  });
});

describe("a session over HTTP/2", () => {
  it("is retired when no stream has run for a time, and is destroyed if its peer does not close it", async (t) => {
    const { session, socket, calls, pass } = world(t);
    await pass(IDLE_MS - 1);
    assert.equal(session.isOpen, true);
    await pass(1);
    assert.deepEqual([session.isOpen, session.capacity, calls.capacity], [false, 0, 1]);
    await pass(CLOSE_TIMEOUT_MS - 1);
    assert.equal(calls.destroyed, 0);
    const closed = once(socket, "close");
    await pass(1);
    await closed;
    await turn();
    assert.deepEqual([session.isGone, calls.closed], [true, 1]);
  });

  it("is idle from the end of its last stream on, and as long as one runs it is not", async (t) => {
    const { session, pass, idle } = world(t);
    const refresh = t.mock.method(idle, "refresh").mock;
    session.begin(HEAD, true).on("error", () => {});
    session.begin(HEAD, true).on("error", () => {});
    session.end(false);
    assert.equal(refresh.callCount(), 0);
    session.end(false);
    assert.equal(refresh.callCount(), 1);
    session.begin(HEAD, true).on("error", () => {});
    await pass(IDLE_MS);
    assert.equal(refresh.callCount(), 2);
  });

  it("is not retired while a stream runs", async (t) => {
    const { session, pass } = world(t);
    session.begin(HEAD, true).on("error", () => {});
    await pass(IDLE_MS);
    assert.equal(session.isOpen, true);
  });

  for (const isClosing of [false, true]) {
    it(`has nothing to do any more when its socket is closed${isClosing ? ", as it wished" : ""}`, async (t) => {
      const { session, socket, calls, pass } = world(t);
      session.begin(HEAD, true).on("error", () => {});
      session.retire();
      if (isClosing) session.end(false);
      const closed = once(socket, "close");
      socket.destroy();
      await closed;
      await turn();
      const before = { ...calls };
      assert.deepEqual([session.isGone, before.closed], [true, 1]);
      if (!isClosing) session.end(false);
      await pass(CLOSE_TIMEOUT_MS);
      await pass(2 * IDLE_MS);
      assert.deepEqual(calls, before);
    });
  }

  it("says as much as libcurl what may be on its way, for each stream and for all", async (t) => {
    const { written } = world(t);
    for (let turns = 0; turns < 5; turns++) await turn();
    const sent = Buffer.concat(written).toString("hex");
    // Behind the head of the frame: the setting 4 is 10 MiB; the window of the session is 1000 MiB.
    assert.match(sent, /000400a00000/);
    const added = (1000 * 2 ** 20 - 65_535).toString(16).padStart(8, "0");
    assert.ok(sent.endsWith(`000004080000000000${added}`), sent);
  });

  it("takes one stream before its peer has said how many, and then as many as it says", async (t) => {
    const { session, socket, calls } = world(t);
    assert.deepEqual([session.isSettling, session.capacity, calls.capacity], [true, 1, 0]);
    for (const [told, [count, capacity]] of [
      [7, 7],
      [1000, MOST_STREAMS],
      [0, 0],
    ].entries()) {
      socket.push(frame(FRAME.settings, 0, 0, setting(3, count as number)));
      while (calls.capacity === told) await turn();
      assert.deepEqual([session.isSettling, session.capacity, calls.capacity], [false, capacity, told + 1]);
    }
  });

  it("reads nothing of a stream while it is paused", (t) => {
    const { session } = world(t);
    const stream = session.begin(HEAD, true).on("error", () => {});
    for (const isPaused of [true, false]) {
      session.setPaused(stream, isPaused);
      assert.equal(stream.isPaused(), isPaused);
    }
  });

  it("is destroyed at once, with its socket, and says nothing of its capacity any more", async (t) => {
    const { session, socket, calls } = world(t);
    const closed = once(socket, "close");
    session.destroy();
    assert.deepEqual([session.isOpen, socket.destroyed], [false, true]);
    session.retire();
    await closed;
    await turn();
    assert.deepEqual([calls.capacity, calls.closed], [0, 1]);
  });

  it("is not asked to be idle after its socket is closed", async (t) => {
    const { socket, calls, pass } = world(t);
    const closed = once(socket, "close");
    socket.destroy();
    await closed;
    await turn();
    await pass(2 * IDLE_MS);
    assert.deepEqual([calls.closed, calls.capacity], [1, 0]);
  });
});
