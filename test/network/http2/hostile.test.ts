import assert from "node:assert/strict";
import { afterEach, describe, it, type TestContext } from "node:test";
import { MOST_ORIGINS, MOST_SETTINGS } from "../../../host/network/http2/limits.ts";
import { Network } from "../../../host/network/network.ts";
import type { Outcome } from "../../../host/network/transfer/transfer.ts";
import { certificates } from "../../support/certificates.ts";
import {
  FLAG,
  FRAME,
  type FramePeer,
  type FrameScript,
  frame,
  integer,
  literal,
  okFrames,
  STATUS_200,
  setting,
  startFrameServer,
  words,
} from "../../support/frame-server.ts";
import { chunks, fileBody, plainOutcome, transferTo } from "../../support/transfers.ts";

const MIB = 1024 * 1024;
/** The server is in this process too, and a call may keep 10 MiB of a session's memory. */
const MOST_GROWTH = 96 * MIB;

let network: Network | undefined;
afterEach(() => network?.destroy());

/** Sends the same bytes again and again, as fast as they are taken. */
function flood({ socket }: FramePeer, bytes: Buffer): void {
  const batch = Buffer.concat(
    Array.from({ length: Math.max(1, Math.floor(65_536 / bytes.length)) }, () => bytes),
  );
  const send = (): void => {
    while (!socket.destroyed && socket.write(batch));
  };
  socket.on("drain", send);
  send();
}

/** Sends `before` and then floods, when a request has come. */
function flooding(bytes: (stream: number) => Buffer, before?: (stream: number) => Buffer): FrameScript {
  return {
    onRequest: (peer, stream) => {
      if (before !== undefined) peer.send(before(stream));
      flood(peer, bytes(stream));
    },
  };
}

const HEAD = (stream: number): Buffer => frame(FRAME.headers, FLAG.endHeaders, stream, STATUS_200);
const ORIGIN = frame(FRAME.origin, 0, 0, Buffer.concat([Buffer.from([0, 9]), Buffer.from("https://a")]));
const PING = frame(FRAME.ping, 0, 0, Buffer.alloc(8));
/** An entry of the dynamic table of 4,000 bytes, and the reference to it. */
const BOMB = Buffer.concat([
  STATUS_200,
  Buffer.from([0x40, 1, 0x78]),
  integer(3900, 7),
  Buffer.alloc(3900, "a"),
  Buffer.alloc(12_000, 0xbe),
]);

const FLOODS: readonly [what: string, script: FrameScript, code: string | readonly string[]][] = [
  [
    "CONTINUATION frames without end",
    flooding(
      (stream) => frame(FRAME.continuation, 0, stream, Buffer.alloc(1000)),
      (stream) => frame(FRAME.headers, 0, stream, STATUS_200),
    ),
    ["HTTP2"],
  ],
  [
    "empty CONTINUATION frames without end",
    flooding(
      (stream) => frame(FRAME.continuation, 0, stream),
      (stream) => frame(FRAME.headers, 0, stream, STATUS_200),
    ),
    ["HTTP2"],
  ],
  [
    "a bomb of HPACK",
    { onRequest: (peer, stream) => peer.send(frame(FRAME.headers, FLAG.endHeaders, stream, BOMB)) },
    ["HTTP2_STREAM", "RECV_ERROR"],
  ],
  ["SETTINGS", flooding(() => frame(FRAME.settings, 0, 0, setting(3, 100))), ["HTTP2"]],
  ["PINGs", flooding(() => PING), ["HTTP2"]],
  ["empty DATA", flooding((stream) => frame(FRAME.data, 0, stream), HEAD), ["HTTP2"]],
  [
    "padding",
    flooding((stream) => frame(FRAME.data, FLAG.padded, stream, Buffer.alloc(256, 255)), HEAD),
    ["HTTP2"],
  ],
  [
    "PRIORITY",
    flooding((stream) => frame(FRAME.priority, 0, stream, Buffer.from([0, 0, 0, 0, 16]))),
    ["HTTP2"],
  ],
  [
    "WINDOW_UPDATEs, until there is no such window",
    flooding(() => frame(FRAME.window, 0, 0, words(1 << 24))),
    ["HTTP2"],
  ],
  ["unknown frames", flooding(() => frame(99, 0, 0, Buffer.alloc(100))), ["HTTP2"]],
  [
    "a frame of 16 MiB",
    flooding(
      () => Buffer.alloc(16_384),
      (stream) =>
        Buffer.concat([HEAD(stream), Buffer.from([0xff, 0xff, 0xff, FRAME.data, 0]), words(stream)]),
    ),
    ["HTTP2"],
  ],
  [
    "RST_STREAM for streams that are closed",
    flooding((stream) => frame(FRAME.rst, 0, stream, words(8))),
    ["HTTP2_STREAM"],
  ],
  ["ORIGIN", flooding(() => ORIGIN), ["HTTP2"]],
  [
    "interim answers",
    flooding((stream) => frame(FRAME.headers, FLAG.endHeaders, stream, literal(":status", "103"))),
    ["RECV_ERROR"],
  ],
];

async function open(t: TestContext, script: FrameScript): Promise<string> {
  const server = await startFrameServer(t, script);
  network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
    env: {},
    ca: certificates().authority.cert,
  });
  return server.base;
}

describe("a hostile server of HTTP/2 harms only its call:", () => {
  for (const [what, script, codes] of FLOODS) {
    it(what, async (t) => {
      const base = await open(t, script);
      const before = process.memoryUsage().rss;
      const outcome = plainOutcome(await (network as Network).perform(transferTo(base, { timeout: 60 })));
      assert.ok("code" in outcome && codes.includes(outcome.code), JSON.stringify(outcome));
      const growth = process.memoryUsage().rss - before;
      assert.ok(growth < MOST_GROWTH, `${growth / MIB} MiB`);
    });
  }

  /** Frames of which a session may get so many. The first SETTINGS have come before the request. */
  const COUNTED: readonly (readonly [what: string, bytes: Buffer, most: number])[] = [
    ["SETTINGS", frame(FRAME.settings, 0, 0, setting(3, 100)), MOST_SETTINGS - 1],
    ["ORIGIN", ORIGIN, MOST_ORIGINS],
  ];
  for (const [what, bytes, most] of COUNTED) {
    it(`${what}, from one more than a session may get on`, async (t) => {
      for (const [count, expected] of [
        [most, { status: 200, content: "ok" }],
        [most + 1, { code: "HTTP2" }],
      ] as const) {
        const base = await open(t, {
          onRequest: (peer) => peer.send(...Array<Buffer>(count).fill(bytes), PING),
          // The answer comes when all of them were seen.
          onFrame: (peer, type, _stream, _payload, flags) => {
            if (type === FRAME.ping && flags === FLAG.ack) peer.send(okFrames(1));
          },
        });
        assert.deepEqual(plainOutcome(await (network as Network).perform(transferTo(base))), expected);
        await network?.destroy();
      }
    });
  }

  it("PINGs on a connection that nobody uses", async (t) => {
    const closed = new Promise<void>((resolve) => {
      void open(t, {
        onRequest: (peer, stream) => {
          peer.send(okFrames(stream));
          flood(peer, PING);
          peer.socket.on("close", () => resolve());
        },
      }).then((base) => network?.perform(transferTo(base)));
    });
    await closed;
  });

  it("a reset for each call", async (t) => {
    const base = await open(t, {
      onRequest: (peer, stream) => peer.send(frame(FRAME.rst, 0, stream, words(2))),
    });
    const calls = Array.from({ length: 1000 }, () => (network as Network).perform(transferTo(base)));
    for (const outcome of await Promise.all(calls))
      assert.deepEqual(plainOutcome(outcome), { code: "HTTP2_STREAM" });
    assert.equal(network?.stats().t?.active, 0);
  });

  it("content in pieces of one byte", async (t) => {
    const base = await open(
      t,
      flooding((stream) => frame(FRAME.data, 0, stream, Buffer.from("x")), HEAD),
    );
    const outcome = await (network as Network).perform(
      transferTo(base, { timeout: 60, maxFileSize: 100_000 }),
    );
    assert.deepEqual(plainOutcome(outcome), { code: "FILESIZE_EXCEEDED" });
  });

  it("content of an aborted call that was on its way ends no other call", async (t) => {
    const streams: number[] = [];
    const controller = new AbortController();
    let lost = 0;
    const base = await open(t, {
      onRequest: (_, stream) => {
        if (streams.push(stream) === 2) controller.abort();
      },
      onFrame: (peer, type, stream) => {
        if (type === FRAME.rst) {
          lost = stream;
          const piece = frame(FRAME.data, 0, stream, Buffer.alloc(16_384));
          peer.send(HEAD(stream), ...Array.from({ length: (8 * MIB) / 16_384 }, () => piece));
        }
        // It is sent when the session was looked at, and nothing was heard.
        if (type === FRAME.ping && lost > 0) peer.send(okFrames(streams.find((one) => one !== lost) ?? 0));
      },
    });
    const [aborted, other] = [{ signal: controller.signal }, {}].map((options) =>
      (network as Network).perform(transferTo(base, { timeout: 60 }), options),
    );
    assert.deepEqual(plainOutcome(await (aborted as Promise<Outcome>)), { code: "ABORTED_BY_CALLBACK" });
    assert.deepEqual(plainOutcome(await (other as Promise<Outcome>)), { status: 200, content: "ok" });
  });

  it("a window of nothing, for ever", async (t) => {
    const base = await open(t, { hello: frame(FRAME.settings, 0, 0, setting(4, 0)) });
    const outcome = await (network as Network).perform(
      transferTo(base, { body: fileBody(chunks("a".repeat(100_000))) }),
      { timeoutMs: 100 },
    );
    assert.deepEqual(plainOutcome(outcome), { code: "OPERATION_TIMEDOUT" });
  });

  it("a server that allows no stream", async (t) => {
    const base = await open(t, { hello: frame(FRAME.settings, 0, 0, setting(3, 0)) });
    const calls = Array.from({ length: 3 }, () =>
      (network as Network).perform(transferTo(base), { timeoutMs: 200 }),
    );
    for (const outcome of await Promise.all(calls))
      assert.deepEqual(plainOutcome(outcome), { code: "OPERATION_TIMEDOUT" });
    assert.deepEqual(network?.stats().t?.active, 0);
  });
});
