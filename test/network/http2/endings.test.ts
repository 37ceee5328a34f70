import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { Network } from "../../../host/network/network.ts";
import { certificates } from "../../support/certificates.ts";
import {
  FLAG,
  FRAME,
  type FramePeer,
  frame,
  okFrames,
  setting,
  startFrameServer,
  words,
} from "../../support/frame-server.ts";
import { ENDINGS } from "../../support/http2-endings.ts";
import { reset } from "../../support/reset.ts";
import { chunks, fileBody, plainOutcome, transferTo } from "../../support/transfers.ts";

/** Longer than it takes to find out that a session is given up. */
const SILENCE_MS = 3500;

function networkOf(t: TestContext): Network {
  const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
    env: {},
    ca: certificates().authority.cert,
  });
  t.after(() => network.destroy());
  return network;
}

describe("an exchange over HTTP/2 ends", { concurrency: 8 }, () => {
  for (const { what, script, ours, or = ours, connections = 1 } of ENDINGS) {
    it(`with ${what}`, async (t) => {
      const server = await startFrameServer(t, script);
      const network = networkOf(t);
      const outcome = plainOutcome(await network.perform(transferTo(server.base, { timeout: 50 })));
      assert.deepEqual(outcome, isDeepStrictEqual(outcome, or) ? or : ours);
      assert.equal(server.accepted, connections);
    });
  }
});

/** A byte now, and no end. */
async function* endless(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("x");
  await new Promise(() => {});
}

// nghttp2 gives up the session. Older versions of Node do not say so.
describe("an upload over HTTP/2 ends long before its timeout", { concurrency: 8 }, () => {
  for (const { what, script, ours } of ENDINGS) {
    if (!("code" in ours) || ours.code !== "HTTP2") continue;
    it(`with ${what}`, async (t) => {
      const server = await startFrameServer(t, script);
      const network = networkOf(t);
      const body = fileBody(endless());
      assert.deepEqual(
        plainOutcome(await network.perform(transferTo(server.base, { timeout: 50, body }))),
        ours,
      );
    });
  }
});

describe("an upload over HTTP/2 ends with the whole answer that has come", () => {
  for (const [what, end] of [
    ["the server closes the stream", (peer, stream) => peer.send(frame(FRAME.rst, 0, stream, words(0)))],
    ["the connection is lost", ({ socket }) => reset(socket)],
  ] as const satisfies readonly (readonly [string, (peer: FramePeer, stream: number) => void])[]) {
    it(`when ${what}`, async (t) => {
      let last = 0;
      const server = await startFrameServer(t, {
        onRequest: (peer, stream) => {
          last = stream;
          peer.send(okFrames(stream), frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
        },
        // The answer to the PING shows that the client has read what came before it.
        onFrame: (peer, type) => {
          if (type === FRAME.ping) end(peer, last);
        },
      });
      const body = fileBody(endless());
      const outcome = await networkOf(t).perform(transferTo(server.base, { timeout: 20, body }));
      assert.deepEqual(plainOutcome(outcome), { status: 200, content: "ok" });
    });
  }
});

describe("an upload over HTTP/2 waits", () => {
  it("for a server that reads nothing for some seconds, whatever it has allowed to be sent", async (t) => {
    const size = 32 * 1024 * 1024;
    let came = 0;
    const server = await startFrameServer(t, {
      hello: Buffer.concat([
        frame(FRAME.settings, 0, 0, setting(4, 2 ** 31 - 1)),
        frame(FRAME.window, 0, 0, words(2 ** 30)),
      ]),
      onRequest: ({ socket }) => {
        socket.pause();
        setTimeout(() => socket.resume(), SILENCE_MS);
      },
      onFrame: (peer, type, stream, { length }, flags) => {
        if (type === FRAME.data) came += length;
        if (type === FRAME.data && (flags & FLAG.endStream) !== 0) peer.send(okFrames(stream));
      },
    });
    const body = fileBody(chunks(...Array.from({ length: 32 }, () => "x".repeat(size / 32))));
    const outcome = await networkOf(t).perform(transferTo(server.base, { timeout: 50, body }));
    assert.deepEqual([plainOutcome(outcome), came], [{ status: 200, content: "ok" }, size]);
  });
});
