import {
  FLAG,
  FRAME,
  type FramePeer,
  type FrameScript,
  frame,
  literal,
  okFrames,
  STATUS_200,
  STATUS_204,
  words,
} from "./frame-server.ts";
import { reset } from "./reset.ts";

/** How a server ends an exchange, and what a call must make of it. */
export interface EndingCase {
  readonly what: string;
  readonly script: FrameScript;
  /** Our outcome. */
  readonly ours: { status: number; content: string } | { code: string };
  /** The exit code of curl 7.88.1, if it is another one, or several if it depends on time. */
  readonly curl?: number | readonly number[];
  /** Another outcome that is as good: what Node reports may depend on its version, or on time. */
  readonly or?: { code: string };
  /** Number of connections that the call needs. @default 1 */
  readonly connections?: number;
}

const OK = { status: 200, content: "ok" };
const HEAD = (stream: number) => frame(FRAME.headers, FLAG.endHeaders, stream, STATUS_200);
const LONG_HEAD = (stream: number) =>
  frame(FRAME.headers, FLAG.endHeaders, stream, Buffer.concat([STATUS_200, literal("content-length", "10")]));
const rst = (stream: number, code: number) => frame(FRAME.rst, 0, stream, words(code));
const goaway = (last: number, code: number) => frame(FRAME.goaway, 0, 0, words(last, code));
const data = (stream: number, text: string, flags = 0) => frame(FRAME.data, flags, stream, Buffer.from(text));

/** Answers with what the function says on the first connection, and well on every other. */
function first(send: (stream: number, peer: FramePeer) => Uint8Array[]): FrameScript {
  return {
    onRequest: (peer, stream) => peer.send(...(peer.number === 1 ? send(stream, peer) : [okFrames(stream)])),
  };
}

function always(send: (stream: number, peer: FramePeer) => Uint8Array[]): FrameScript {
  return { onRequest: (peer, stream) => peer.send(...send(stream, peer)) };
}

function then(peer: FramePeer, step: () => void): Uint8Array[] {
  peer.socket.write("", step);
  return [];
}

const CODES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
];
const REFUSED = 7;

export const ENDINGS: readonly EndingCase[] = [
  { what: "a whole answer", script: always((stream) => [okFrames(stream)]), ours: OK },
  {
    what: "a head without content, and no end of the stream",
    script: always((stream) => [frame(FRAME.headers, FLAG.endHeaders, stream, STATUS_204)]),
    ours: { status: 204, content: "" },
    curl: 28,
  },
  ...CODES.flatMap((name, code): EndingCase[] => {
    if (code === REFUSED) return [];
    return [
      {
        what: `RST_STREAM ${name} before the head`,
        script: always((stream) => [rst(stream, code)]),
        ours: { code: "HTTP2_STREAM" },
      },
      {
        what: `RST_STREAM ${name} within the content`,
        script: always((stream) => [HEAD(stream), data(stream, "ok"), rst(stream, code)]),
        ours: code === 0 ? OK : { code: "HTTP2_STREAM" },
        ...(code === 0 ? { curl: 52 } : {}),
      },
    ];
  }),
  {
    what: "RST_STREAM NO_ERROR within content of a known length",
    script: always((stream) => [LONG_HEAD(stream), data(stream, "ok"), rst(stream, 0)]),
    ours: { code: "PARTIAL_FILE" },
    curl: 52,
  },
  {
    what: "RST_STREAM NO_ERROR behind a whole answer",
    script: always((stream) => [okFrames(stream), rst(stream, 0)]),
    ours: OK,
  },
  {
    what: "content that is shorter than its length",
    script: always((stream) => [LONG_HEAD(stream), data(stream, "ok", FLAG.endStream)]),
    ours: { code: "HTTP2_STREAM" },
  },
  {
    what: "content that is longer than its length",
    script: always((stream) => [LONG_HEAD(stream), data(stream, "x".repeat(11), FLAG.endStream)]),
    ours: { code: "HTTP2_STREAM" },
    // Newer versions of Node end the whole session.
    or: { code: "HTTP2" },
  },
  {
    what: "REFUSED_STREAM once",
    script: first((stream) => [rst(stream, REFUSED)]),
    ours: OK,
    connections: 2,
  },
  {
    what: "REFUSED_STREAM always",
    script: always((stream) => [rst(stream, REFUSED)]),
    ours: { code: "RECV_ERROR" },
    connections: 6,
  },
  {
    what: "GOAWAY below the stream",
    script: first(() => [goaway(0, 0)]),
    ours: OK,
    curl: 16,
    connections: 2,
  },
  {
    what: "GOAWAY ENHANCE_YOUR_CALM below the stream",
    script: first(() => [goaway(0, 11)]),
    ours: OK,
    curl: 16,
    connections: 2,
  },
  {
    what: "GOAWAY above the stream, which finishes",
    script: always((stream) => [goaway(stream, 0), okFrames(stream)]),
    ours: OK,
  },
  {
    what: "GOAWAY for the highest number, which announces the end",
    script: always((stream) => [goaway(2 ** 31 - 1, 0), okFrames(stream), goaway(stream, 0)]),
    ours: OK,
  },
  {
    what: "GOAWAY with an error above the stream",
    script: always((stream) => [goaway(stream, 2)]),
    ours: { code: "RECV_ERROR" },
    curl: 28,
  },
  {
    what: "a connection that ends before the head",
    script: always((_, peer) => then(peer, () => peer.socket.end())),
    ours: { code: "RECV_ERROR" },
    curl: 18,
  },
  {
    what: "a connection that ends within the content",
    script: always((stream, peer) => {
      peer.send(HEAD(stream), data(stream, "ok"));
      return then(peer, () => peer.socket.end());
    }),
    ours: { code: "PARTIAL_FILE" },
  },
  {
    what: "a connection that is reset before the head",
    script: always((_, peer) => then(peer, () => reset(peer.socket))),
    ours: { code: "RECV_ERROR" },
    curl: [55, 56],
  },
  {
    what: "a connection that is reset within the content",
    script: always((stream, peer) => {
      peer.send(HEAD(stream), data(stream, "ok"));
      return then(peer, () => reset(peer.socket));
    }),
    ours: { code: "RECV_ERROR" },
    curl: [55, 56],
    // A reset directly behind the last bytes may look like a normal end.
    or: { code: "PARTIAL_FILE" },
  },
  {
    what: "garbage instead of frames",
    script: { hello: Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n") },
    ours: { code: "HTTP2" },
    curl: 52,
  },
  {
    what: "a head without a status",
    script: always((stream) => [frame(FRAME.headers, FLAG.endHeaders, stream, literal("x", "y"))]),
    ours: { code: "HTTP2_STREAM" },
  },
  {
    what: "a header of HTTP/1.1 in the head",
    script: always((stream) => [
      frame(
        FRAME.headers,
        FLAG.endHeaders,
        stream,
        Buffer.concat([STATUS_200, literal("connection", "close")]),
      ),
    ]),
    ours: { code: "HTTP2_STREAM" },
  },
  {
    what: "an upper-case name in the head",
    script: always((stream) => [
      frame(FRAME.headers, FLAG.endHeaders, stream, Buffer.concat([STATUS_200, literal("Upper", "y")])),
    ]),
    ours: { code: "HTTP2_STREAM" },
  },
  {
    what: "a head that HPACK cannot read",
    script: always((stream) => [
      frame(FRAME.headers, FLAG.endHeaders, stream, Buffer.from([0xff, 0xff, 0xff])),
    ]),
    ours: { code: "HTTP2" },
    curl: 52,
  },
  {
    what: "DATA before the head",
    script: always((stream) => [data(stream, "ok", FLAG.endStream)]),
    ours: { code: "HTTP2" },
    curl: 52,
  },
  {
    what: "a frame on a stream that was never opened",
    script: always((stream) => [data(stream + 2, "ok")]),
    ours: { code: "HTTP2" },
    curl: 52,
  },
  {
    what: "PUSH_PROMISE",
    script: always((stream) => [
      frame(FRAME.push, FLAG.endHeaders, stream, Buffer.concat([words(2), Buffer.from([0x82, 0x84, 0x87])])),
    ]),
    ours: { code: "HTTP2" },
    curl: 52,
  },
  {
    what: "a frame larger than was allowed",
    script: always((stream) => [HEAD(stream), frame(FRAME.data, 0, stream, Buffer.alloc(16_385))]),
    ours: { code: "HTTP2" },
    curl: 0,
  },
];
