import type { Socket } from "node:net";
import type { TestContext } from "node:test";
import { certificates } from "./certificates.ts";
import { type Listener, listen } from "./listener.ts";

/** Types of frames (RFC 9113 §6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  rst: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  window: 8,
  continuation: 9,
  origin: 12,
} as const;

export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8 } as const;

const PREFACE_SIZE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".length;
const HEAD_SIZE = 9;

/** `:status: 200` in the static table of HPACK. */
export const STATUS_200 = Buffer.from([0x88]);
export const STATUS_204 = Buffer.from([0x89]);

/** A header that is in no table of HPACK, of at most 126 bytes each. */
export function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name, "latin1"),
    integer(value.length, 7),
    Buffer.from(value, "latin1"),
  ]);
}

/** An integer of HPACK with a prefix of so many bits (RFC 7541 §5.1). */
export function integer(value: number, bits: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.from([value]);
  const bytes = [most];
  let rest = value - most;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(HEAD_SIZE);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
}

/** A setting of 6 bytes. */
export function setting(id: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([0, id]), words(value)]);
}

/** The whole answer "ok". */
export function okFrames(stream: number): Buffer {
  return Buffer.concat([
    frame(FRAME.headers, FLAG.endHeaders, stream, STATUS_200),
    frame(FRAME.data, FLAG.endStream, stream, Buffer.from("ok")),
  ]);
}

/** One connection of a client, frame by frame. */
export interface FramePeer {
  readonly socket: Socket;
  /** The number of this connection, from 1. */
  readonly number: number;
  send(...frames: Uint8Array[]): void;
}

/** What a server does with requests. It gets each request when its HEADERS have come. */
export interface FrameScript {
  /** Sent first. @default empty SETTINGS */
  readonly hello?: Uint8Array;
  onRequest?(peer: FramePeer, stream: number): void;
  onFrame?(peer: FramePeer, type: number, stream: number, payload: Buffer, flags: number): void;
}

/** Listens on 127.0.0.1 with TLS, agrees on HTTP/2, and sends what the script says, right or wrong. */
export async function startFrameServer(
  t: TestContext,
  script: FrameScript,
): Promise<Listener & { base: string }> {
  let connections = 0;
  const listener = await listen(
    t,
    (socket) => {
      const send = (...frames: Uint8Array[]): void => void socket.write(Buffer.concat(frames));
      const peer: FramePeer = { socket, number: ++connections, send };
      send(script.hello ?? frame(FRAME.settings, 0, 0));
      let pending: Buffer = Buffer.alloc(0);
      let isGreeted = false;
      socket.on("data", (chunk: Buffer) => {
        pending = Buffer.concat([pending, chunk]);
        if (!isGreeted && pending.length >= PREFACE_SIZE) {
          pending = pending.subarray(PREFACE_SIZE);
          isGreeted = true;
        }
        if (isGreeted) pending = takeFrames(pending, peer, script);
      });
    },
    { tls: { ...certificates().good, ALPNProtocols: ["h2"] } },
  );
  return Object.assign(listener, { base: `https://127.0.0.1:${listener.port}` });
}

/** Returns what is left. */
function takeFrames(bytes: Buffer, peer: FramePeer, script: FrameScript): Buffer {
  let rest = bytes;
  while (rest.length >= HEAD_SIZE && rest.length >= HEAD_SIZE + rest.readUIntBE(0, 3)) {
    const end = HEAD_SIZE + rest.readUIntBE(0, 3);
    const [type = 0, flags = 0] = [rest[3], rest[4]];
    const stream = rest.readUInt32BE(5);
    const payload = rest.subarray(HEAD_SIZE, end);
    rest = rest.subarray(end);
    if (type === FRAME.settings && (flags & FLAG.ack) === 0) peer.send(frame(FRAME.settings, FLAG.ack, 0));
    script.onFrame?.(peer, type, stream, payload, flags);
    if (type === FRAME.headers) script.onRequest?.(peer, stream);
  }
  return rest;
}
