import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { Network } from "../../../../host/network/network.ts";
import type { Outcome } from "../../../../host/network/transfer/transfer.ts";
import { certificates } from "../../../support/certificates.ts";
import {
  FLAG,
  FRAME,
  type FramePeer,
  frame,
  okFrames,
  STATUS_200,
  setting,
  startFrameServer,
  words,
} from "../../../support/frame-server.ts";
import { reset } from "../../../support/reset.ts";
import { chunks, fileBody, stringBody, transferTo } from "../../../support/transfers.ts";

const AT_ONCE = 50;
const LEAST_MS = 500;
const MOST_MS = 1500;

type Random = (below: number) => number;

/** Numbers that depend on the seed only (mulberry32). */
function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Fault = (peer: FramePeer, stream: number, random: Random) => void;

const head = (stream: number) => frame(FRAME.headers, FLAG.endHeaders, stream, STATUS_200);

/** What a server can do wrong with one request. */
const FAULTS: readonly Fault[] = [
  (peer, stream, random) => peer.send(frame(FRAME.rst, 0, stream, words(random(14)))),
  (peer, stream, random) => peer.send(head(stream), frame(FRAME.rst, 0, stream, words(random(14)))),
  (peer, stream) => peer.send(frame(FRAME.goaway, 0, 0, words(stream, 0)), okFrames(stream)),
  (peer, stream, random) => peer.send(frame(FRAME.goaway, 0, 0, words(Math.max(0, stream - 2), random(3)))),
  (peer, stream) => peer.send(frame(FRAME.goaway, 0, 0, words(stream, 11))),
  ({ socket }) => void socket.end(),
  ({ socket }) => reset(socket),
  (peer, stream) => {
    peer.send(head(stream), frame(FRAME.data, 0, stream, Buffer.from("o")));
    peer.socket.end();
  },
  // No answer at all.
  () => {},
  (peer, stream) => peer.send(head(stream)),
  (peer, stream, random) =>
    peer.send(frame(random(12), random(256), random(2) * stream, Buffer.alloc(random(40), random(256)))),
  (peer, stream, random) => peer.send(frame(FRAME.settings, 0, 0, setting(3, random(4))), okFrames(stream)),
  (peer, stream) => peer.send(frame(FRAME.settings, 0, 0, setting(4, 0)), okFrames(stream)),
  (peer, stream) => peer.send(frame(FRAME.ping, 0, 0, Buffer.alloc(8)), okFrames(stream)),
  (peer, stream, random) => {
    const timer = setTimeout(() => peer.send(okFrames(stream)), random(20));
    peer.socket.once("close", () => clearTimeout(timer));
  },
];

/** How often each outcome came: a status, or a code. */
export type Counts = Record<string, number>;

/**
 * Makes calls to a server that does something wrong with every sixth of them. Each must end, and afterwards nothing must
 * be left.
 */
export async function playFaults(seed: number, calls: number): Promise<Counts> {
  const random = randomOf(seed);
  const cleaners: (() => void)[] = [];
  const context = { after: (clean: () => void) => cleaners.push(clean) } as unknown as TestContext;
  const server = await startFrameServer(context, {
    onRequest: (peer, stream) => {
      const fault = random(6) === 0 ? FAULTS[random(FAULTS.length)] : undefined;
      if (fault === undefined) peer.send(okFrames(stream));
      else fault(peer, stream, random);
    },
    onFrame: (peer, type, stream, { length }) => {
      if (type !== FRAME.data || length === 0) return;
      peer.send(frame(FRAME.window, 0, 0, words(length)), frame(FRAME.window, 0, stream, words(length)));
    },
  });
  const limits = { maxTotal: 1 + random(8), maxHost: 0 };
  const network = new Network([{ id: "t", ...limits }], { env: {}, ca: certificates().authority.cert });
  const counts: Counts = {};
  let left = calls;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const outcome = await callOnce(network, server.base, random);
      const key = "code" in outcome ? outcome.code : String(outcome.status);
      counts[key] = (counts[key] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const { queued, active } = network.stats().t ?? assert.fail();
  assert.deepEqual([queued, active], [0, 0]);
  await network.close();
  await server.allGone();
  for (const clean of cleaners) clean();
  return counts;
}

function callOnce(network: Network, url: string, random: Random): Promise<Outcome> {
  const body = [null, null, stringBody("x".repeat(random(100_000))), fileBody(chunks("a", "b"))][random(4)];
  const controller = new AbortController();
  const call = network.perform(transferTo(url, { body: body ?? null }), {
    timeoutMs: LEAST_MS + random(MOST_MS - LEAST_MS),
    signal: controller.signal,
    tenancy: [null, "a", "b"][random(3)] ?? null,
  });
  if (random(10) === 0) setTimeout(() => controller.abort(), random(30));
  return call;
}
