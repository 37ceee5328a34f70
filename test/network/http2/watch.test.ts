import assert from "node:assert/strict";
import type { ClientHttp2Session } from "node:http2";
import type { Duplex, Readable } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { STREAM_WINDOW } from "../../../host/network/http2/limits.ts";
import { MOST_OVERHEAD, Watch } from "../../../host/network/http2/watch.ts";

const LOOK_MS = 500;
/** What is allowed around a head or a piece of content. */
const AROUND = 128;

interface World {
  readonly socket: { bytesRead: number; bytesWritten: number; readonly _handle: { writeQueueSize: number } };
  /** What the session was told to do. */
  readonly seen: { pings: number; readonly ends: (string | undefined)[] };
  readonly watch: Watch;
  readonly pass: (ms: number) => void;
}

/** A session without a peer, whose time the test moves. */
function world(t: TestContext): World {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const socket = { bytesRead: 0, bytesWritten: 0, _handle: { writeQueueSize: 0 } };
  const seen: World["seen"] = { pings: 0, ends: [] };
  const session = { ping: () => seen.pings++ } as unknown as ClientHttp2Session;
  const watch = new Watch(session, socket as unknown as Duplex, (error) => {
    seen.ends.push((error as { code?: string }).code);
  });
  t.after(() => watch.stop());
  const pass = (ms: number): void => t.mock.timers.tick(ms);
  return { socket, seen, watch, pass };
}

describe("a session over HTTP/2 is watched", () => {
  it("for what came and is no content, up to a limit at each look", (t) => {
    const { socket, seen, pass } = world(t);
    socket.bytesRead += MOST_OVERHEAD;
    pass(LOOK_MS);
    socket.bytesRead += MOST_OVERHEAD;
    pass(LOOK_MS);
    assert.deepEqual(seen.ends, []);
    socket.bytesRead += MOST_OVERHEAD + 1;
    pass(LOOK_MS - 1);
    assert.deepEqual(seen.ends, []);
    pass(1);
    assert.deepEqual(seen.ends, ["ERR_HTTP2_FLOOD"]);
    pass(60_000);
    assert.equal(seen.ends.length, 1);
  });

  for (const [sent, most] of [
    [0, MOST_OVERHEAD],
    [16, MOST_OVERHEAD + 1],
    [160, MOST_OVERHEAD + 10],
  ] as const) {
    it(`from its first byte on, if ${sent} bytes were sent`, (t) => {
      for (const came of [most, most + 1]) {
        const { socket, seen, watch, pass } = world(t);
        Object.assign(socket, { bytesRead: came, bytesWritten: sent });
        pass(LOOK_MS);
        watch.stop();
        t.mock.timers.reset();
        assert.deepEqual(seen.ends, came > most ? ["ERR_HTTP2_FLOOD"] : []);
      }
    });
  }

  it("with more room if much is sent", (t) => {
    const { socket, seen, pass } = world(t);
    socket.bytesRead = MOST_OVERHEAD + 10;
    socket.bytesWritten = 160;
    pass(LOOK_MS);
    assert.deepEqual(seen.ends, []);
    socket.bytesRead += MOST_OVERHEAD + 11;
    socket.bytesWritten += 160;
    pass(LOOK_MS);
    assert.deepEqual(seen.ends, ["ERR_HTTP2_FLOOD"]);
  });

  it("without what was heard of it, once, and what is around that", (t) => {
    const { socket, seen, watch, pass } = world(t);
    const heard = 1000 + AROUND + 2000 + AROUND;
    watch.hear(1000);
    watch.hear(2000);
    socket.bytesRead += MOST_OVERHEAD + heard;
    pass(LOOK_MS);
    assert.deepEqual(seen.ends, []);
    watch.hear(1000);
    socket.bytesRead += MOST_OVERHEAD + 1000 + AROUND + 1;
    pass(LOOK_MS);
    assert.deepEqual(seen.ends, ["ERR_HTTP2_FLOOD"]);
  });

  it("without what lies in streams that are paused, until they go on", (t) => {
    const { socket, seen, watch, pass } = world(t);
    const stream = { readableLength: 5000 } as unknown as Readable;
    watch.pause(stream);
    socket.bytesRead += MOST_OVERHEAD + 5000;
    pass(LOOK_MS);
    // Only what is new in them counts.
    socket.bytesRead += MOST_OVERHEAD;
    pass(LOOK_MS);
    assert.deepEqual(seen.ends, []);
    // It goes on: what was in it is heard now.
    watch.resume(stream);
    watch.hear(5000 - AROUND);
    socket.bytesRead += MOST_OVERHEAD + 1;
    pass(LOOK_MS);
    assert.deepEqual(seen.ends, ["ERR_HTTP2_FLOOD"]);
  });

  it("with what lies in a stream that is over as heard, if it was paused", (t) => {
    const { socket, seen, watch, pass } = world(t);
    const stream = { readableLength: 5000 } as unknown as Readable;
    watch.resume(stream, true);
    watch.pause(stream);
    watch.resume(stream, true);
    watch.resume(stream, true);
    socket.bytesRead += MOST_OVERHEAD + 5000 + AROUND;
    pass(LOOK_MS);
    assert.deepEqual(seen.ends, []);
    socket.bytesRead += MOST_OVERHEAD + 1;
    pass(LOOK_MS);
    assert.equal(seen.ends.length, 1);
  });

  it("with room for what was on its way of a stream that is over, until that has come", (t) => {
    const { socket, seen, watch, pass } = world(t);
    watch.lose();
    watch.lose();
    socket.bytesRead += STREAM_WINDOW;
    pass(LOOK_MS);
    // What is heard takes nothing of it.
    watch.hear(5000);
    socket.bytesRead += 5000;
    pass(LOOK_MS);
    socket.bytesRead += STREAM_WINDOW + MOST_OVERHEAD;
    pass(LOOK_MS);
    assert.deepEqual(seen.ends, []);
    socket.bytesRead += MOST_OVERHEAD + 1;
    pass(LOOK_MS);
    assert.deepEqual(seen.ends, ["ERR_HTTP2_FLOOD"]);
  });

  it("with PINGs, ever more rarely, while a stream hears nothing", (t) => {
    const { socket, seen, watch, pass } = world(t);
    watch.streams = 1;
    const pings: number[] = [];
    // The looks are at these times: their distance doubles, up to four seconds.
    for (const ms of [500, 1000, 2000, 4000, 4000, 4000, 4000, 4000]) {
      pass(ms - 1);
      const before = seen.pings;
      // A PING is written, and its answer does not come.
      socket.bytesWritten += 17;
      pass(1);
      pings.push(seen.pings - before);
    }
    // The first, the second, the fourth and the eighth look in silence.
    assert.deepEqual(pings, [1, 1, 0, 1, 0, 0, 0, 1]);
    assert.deepEqual(seen.ends, []);
  });

  it("more often again when something comes", (t) => {
    const { socket, seen, watch, pass } = world(t);
    watch.streams = 1;
    for (const ms of [500, 1000]) {
      socket.bytesWritten += 17;
      pass(ms);
    }
    assert.equal(seen.pings, 2);
    watch.hear(1);
    socket.bytesRead += 1;
    socket.bytesWritten += 17;
    pass(2000);
    assert.equal(seen.pings, 2);
    pass(LOOK_MS);
    assert.equal(seen.pings, 3);
  });

  it("without PINGs while no stream waits", (t) => {
    const { seen, pass } = world(t);
    pass(60_000);
    assert.deepEqual([seen.pings, seen.ends], [0, []]);
  });

  /** What happens between a PING and the next look; whether the session is over then. */
  const BETWEEN: Readonly<Record<string, readonly [act: (world: World) => unknown, isOver: boolean]>> = {
    nothing: [() => {}, true],
    "the PING is written": [({ socket }) => Object.assign(socket, { bytesWritten: 17 }), false],
    "something is heard": [({ watch }) => watch.hear(0), false],
    "a body is sent, which the system has taken": [({ watch }) => Object.assign(watch, { uploads: 1 }), true],
    "a body is sent, which the peer does not take": [
      ({ watch, socket }) => {
        watch.uploads = 1;
        socket._handle.writeQueueSize = 1;
      },
      false,
    ],
  };
  for (const [what, [act, isOver]] of Object.entries(BETWEEN)) {
    it(`until a PING is not written: ${what}`, (t) => {
      const all = world(t);
      all.watch.streams = 1;
      all.pass(LOOK_MS);
      assert.equal(all.seen.pings, 1);
      act(all);
      all.pass(2 * LOOK_MS);
      assert.deepEqual(all.seen.ends, isOver ? ["ERR_HTTP2_TERMINATED"] : []);
    });
  }

  it("no more when it is over", (t) => {
    const { socket, seen, watch, pass } = world(t);
    watch.streams = 1;
    watch.stop();
    socket.bytesRead = 2 * MOST_OVERHEAD;
    pass(60_000);
    assert.deepEqual([seen.pings, seen.ends], [0, []]);
  });
});
