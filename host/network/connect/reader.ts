import type { Socket } from "node:net";
import { type Attempt, once } from "./attempt.ts";

/** Reads exactly so many bytes of a proxy's answer; what follows them stays in the socket. */
export function readExactly(attempt: Attempt, socket: Socket, count: number): Promise<Buffer> {
  return readUntil(attempt, socket, (bytes) => (bytes.length < count ? -1 : count));
}

/** Reads up to and with the first empty line, however its lines end; what follows it stays in the socket. */
export function readHead(attempt: Attempt, socket: Socket, maxBytes: number): Promise<Buffer> {
  return readUntil(attempt, socket, (bytes, seen) => {
    const end = findEmptyLine(bytes, Math.max(0, seen - 3));
    if (end === -1 ? bytes.length > maxBytes : end > maxBytes) {
      throw new Error(`The proxy's answer is longer than ${maxBytes} bytes`);
    }
    return end;
  });
}

/**
 * Takes everything that is there, each time, for a socket with bytes left in it calls itself readable for ever.
 *
 * @param findEnd gives how many of the bytes are wanted, or -1 for more; `seen` of them it has been given before
 */
async function readUntil(
  attempt: Attempt,
  socket: Socket,
  findEnd: (bytes: Buffer, seen: number) => number,
): Promise<Buffer> {
  let held: Buffer = Buffer.alloc(0);
  let size = 0;
  for (;;) {
    const more: Buffer | null = socket.read();
    if (more === null) {
      await attempt.wait(once(socket, "readable"));
      continue;
    }
    const seen = size;
    held = append(held, seen, more);
    size += more.length;
    const bytes = held.subarray(0, size);
    const end = findEnd(bytes, seen);
    if (end === -1) continue;
    if (end < size) socket.unshift(bytes.subarray(end));
    return bytes.subarray(0, end);
  }
}

/** Puts `more` behind the bytes that are held, with room to grow: a proxy may send one byte at a time. */
function append(held: Buffer, size: number, more: Buffer): Buffer {
  if (size === 0) return more;
  const wanted = size + more.length;
  const room = wanted <= held.length ? held : Buffer.allocUnsafe(2 * wanted);
  if (room !== held) held.copy(room, 0, 0, size);
  more.copy(room, size);
  return room;
}

/** Where the text after the first empty line begins; -1 if there is none yet. */
function findEmptyLine(bytes: Buffer, from: number): number {
  const ends = ["\n\n", "\n\r\n"].flatMap((line) => {
    const at = bytes.indexOf(line, from, "latin1");
    return at === -1 ? [] : [at + line.length];
  });
  return ends.length === 0 ? -1 : Math.min(...ends);
}
