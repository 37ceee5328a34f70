import assert from "node:assert/strict";
import { afterEach, describe, it, type TestContext } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { certificates } from "../../support/certificates.ts";
import {
  FRAME,
  type FrameScript,
  frame,
  okFrames,
  startFrameServer,
  words,
} from "../../support/frame-server.ts";
import { startHttp2Server } from "../../support/http2-server.ts";
import { reset } from "../../support/reset.ts";
import { chunks, fileBody, plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const REFUSED = 7;
const HTTP_1_1_REQUIRED = 13;

let network: Network;
let base: string;

async function start(t: TestContext, script: FrameScript): Promise<{ accepted: number }> {
  const server = await startFrameServer(t, script);
  base = server.base;
  open();
  return server;
}

function open(): void {
  network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
    env: {},
    ca: certificates().authority.cert,
  });
}

async function outcome(changes: Partial<Transfer> = {}): Promise<object> {
  return plainOutcome(await network.perform(transferTo(base, { timeout: 20, ...changes })));
}

afterEach(() => network.destroy());

/** Answers the first request on the first connection well, and ends the connection at the second. */
function dying(onSecond: (send: (...frames: Buffer[]) => void, stream: number) => void): FrameScript {
  return {
    onRequest: (peer, stream) => {
      if (peer.number > 1 || stream === 1) peer.send(okFrames(stream));
      else {
        onSecond((...frames) => peer.send(...frames), stream);
        peer.socket.write("", () => reset(peer.socket));
      }
    },
  };
}

describe("a request over HTTP/2 is sent again", () => {
  for (const method of ["GET", "PUT", "POST"]) {
    it(`if a used connection dies before the server has said anything: ${method}`, async (t) => {
      const server = await start(
        t,
        dying(() => {}),
      );
      assert.deepEqual(await outcome(), OK);
      assert.deepEqual(await outcome({ method }), OK);
      assert.equal(server.accepted, 2);
    });
  }

  it("if its method may be repeated, also where the server has said something", async (t) => {
    const ping = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
    // The answer to the PING shows that the client has read it.
    const script: FrameScript = {
      onRequest: (peer, stream) => {
        if (peer.number > 1 || stream === 1) peer.send(okFrames(stream));
        else peer.send(ping);
      },
      onFrame: ({ socket }, type) => {
        if (type === FRAME.ping) reset(socket);
      },
    };
    await start(t, script);
    assert.deepEqual(await outcome(), OK);
    assert.deepEqual(await outcome(), OK);
    await network.destroy();
    await start(t, script);
    assert.deepEqual(await outcome(), OK);
    assert.deepEqual(await outcome({ method: "POST", body: stringBody("x") }), { code: "RECV_ERROR" });
  });

  it("not if its body cannot be read again", async (t) => {
    await start(t, {
      onFrame: (peer, type, stream) => {
        if (type === FRAME.data) peer.send(frame(FRAME.rst, 0, stream, words(REFUSED)));
      },
    });
    assert.deepEqual(await outcome({ body: fileBody(chunks("a")) }), { code: "SEND_FAIL_REWIND" });
  });

  const file = fileBody(chunks(), { rereadable: true, started: true, open: () => chunks("abc") });
  for (const body of [stringBody("abc"), file])
    it(`with its ${body.kind}, if that can be read again`, async (t) => {
      const bodies: string[] = [];
      await start(t, {
        onFrame: (peer, type, stream, payload) => {
          if (type !== FRAME.data || payload.length === 0) return;
          bodies.push(payload.toString());
          peer.send(peer.number === 1 ? frame(FRAME.rst, 0, stream, words(REFUSED)) : okFrames(stream));
        },
      });
      assert.deepEqual(await outcome({ body }), OK);
      assert.deepEqual(bodies, ["abc", "abc"]);
    });

  it("over HTTP/1.1, if the server requires it", async () => {
    const server = await startHttp2Server(undefined, {
      allowHTTP1: true,
      onStream: (stream) => stream.close(HTTP_1_1_REQUIRED),
    });
    try {
      open();
      base = server.base;
      assert.deepEqual(await outcome(), OK);
      assert.equal(server.http1Requests.length, 1);
    } finally {
      await server.close();
    }
  });

  it("on another connection, while the first one is left in peace until its last response has come", async (t) => {
    let onFirst = (): void => {};
    const first = new Promise<void>((resolve) => {
      onFirst = resolve;
    });
    let answerFirst = (): void => {};
    await start(t, {
      onRequest: (peer, stream) => {
        if (peer.number > 1) {
          peer.send(okFrames(stream));
          answerFirst();
        } else if (stream === 1) {
          answerFirst = () => peer.send(okFrames(stream));
          onFirst();
        } else peer.send(frame(FRAME.rst, 0, stream, words(REFUSED)));
      },
      // Like haproxy: a client that says goodbye gets nothing any more.
      onFrame: (peer, type) => {
        if (type === FRAME.goaway) reset(peer.socket);
      },
    });
    const slow = outcome({ method: "POST" });
    await first;
    assert.deepEqual(await outcome(), OK);
    assert.deepEqual(await slow, OK);
  });
});

describe("a GOAWAY", () => {
  it("in the middle of a thousand calls loses none", async (t) => {
    const served = new Map<number, number>();
    // Like nginx: after some requests, it says which was the last, and ignores what comes behind it.
    const server = await start(t, {
      onRequest: (peer, stream) => {
        const count = (served.get(peer.number) ?? 0) + 1;
        served.set(peer.number, count);
        if (count <= 50) peer.send(okFrames(stream));
        if (count === 50) peer.send(frame(FRAME.goaway, 0, 0, words(stream, 0)));
      },
    });
    const calls: Promise<object>[] = Array.from({ length: 1000 }, (_, at) =>
      outcome({ method: at % 2 === 0 ? "POST" : "GET", timeout: 50 }),
    );
    for (const one of await Promise.all(calls)) assert.deepEqual(one, OK);
    assert.ok(server.accepted >= 20);
    const { queued, active } = network.stats().t ?? assert.fail();
    assert.deepEqual([queued, active], [0, 0]);
  });
});

describe("a server that says nothing any more", () => {
  it("is asked on another connection after a call has given up", async (t) => {
    const server = await start(t, {
      onRequest: (peer, stream) => {
        if (peer.number > 1 || stream === 1) peer.send(okFrames(stream));
      },
      // It does not answer PINGs either.
    });
    assert.deepEqual(await outcome(), OK);
    assert.deepEqual(await outcome({ timeout: 2 }), { code: "OPERATION_TIMEDOUT" });
    assert.deepEqual(await outcome(), OK);
    assert.equal(server.accepted, 2);
  });
});
