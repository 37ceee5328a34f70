import type { Socket } from "node:net";
import { type Attempt, once } from "./attempt.ts";

/** Reads exactly `count` bytes of a proxy's answer. The bytes after them stay in the socket. */
export function readExactly(attempt: Attempt, socket: Socket, count: number): Promise<Buffer> {
  return readUntil(attempt, socket, (bytes) => (bytes.length < count ? -1 : count));
}

/** Reads until after the first empty line. Lines may end with CRLF or LF. The bytes after it stay in the socket. */
export function readHead(attempt: Attempt, socket: Socket, maxBytes: number): Promise<Buffer> {
  return readUntil(attempt, socket, (bytes, seen) => {
    const end = findEmptyLine(bytes, Math.max(0, seen - 3));
    if ((end === -1 ? bytes.length : end) > maxBytes) {
      throw new Error(`The proxy's answer is longer than ${maxBytes} bytes`);
    }
    return end;
  });
}

/**
 * Reads all bytes that are there, each time. If it left bytes in the socket, the socket would be readable again at
 * once.
 *
 * @param findEnd returns how many of the bytes are needed, or -1 if more must come. It has seen the first `seen` bytes
 * before
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

/** Appends `more` to the bytes that are held. The buffer has room for more, because a proxy may send single bytes. */
function append(held: Buffer, size: number, more: Buffer): Buffer {
  if (size === 0) return more;
  const wanted = size + more.length;
  const room = wanted <= held.length ? held : Buffer.allocUnsafe(2 * wanted);
  if (room !== held) held.copy(room, 0, 0, size);
  more.copy(room, size);
  return room;
}

/** The position after the first empty line; -1 if there is none yet. */
function findEmptyLine(bytes: Buffer, from: number): number {
  const ends = ["\n\n", "\n\r\n"].flatMap((line) => {
    const at = bytes.indexOf(line, from, "latin1");
    return at === -1 ? [] : [at + line.length];
  });
  return ends.length === 0 ? -1 : Math.min(...ends);
}
