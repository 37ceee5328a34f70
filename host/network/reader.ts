import type { Socket } from "node:net";
import { type Attempt, once } from "./attempt.ts";

/** Reads exactly so many bytes of a proxy's answer; what follows them stays in the socket. */
export async function readExactly(attempt: Attempt, socket: Socket, count: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(count);
    if (bytes?.length === count) return bytes;
    if (bytes !== null) throw new Error(`The proxy sent ${bytes.length} of ${count} bytes`);
    await attempt.wait(once(socket, "readable"));
  }
}

/** Reads up to and with the first empty line, however its lines end; what follows it stays in the socket. */
export async function readHead(attempt: Attempt, socket: Socket, maxBytes: number): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0);
  for (;;) {
    const bytes: Buffer | null = socket.read();
    if (bytes === null) {
      await attempt.wait(once(socket, "readable"));
      continue;
    }
    const seen = head.length;
    head = Buffer.concat([head, bytes]);
    const end = findEmptyLine(head, Math.max(0, seen - 3));
    if (end === -1 ? head.length > maxBytes : end > maxBytes) {
      throw new Error(`The proxy's answer is longer than ${maxBytes} bytes`);
    }
    if (end === -1) continue;
    if (end < head.length) socket.unshift(head.subarray(end));
    return head.subarray(0, end);
  }
}

/** Where the text after the first empty line begins; -1 if there is none yet. */
function findEmptyLine(bytes: Buffer, from: number): number {
  const ends = ["\n\n", "\n\r\n"].flatMap((line) => {
    const at = bytes.indexOf(line, from, "latin1");
    return at === -1 ? [] : [at + line.length];
  });
  return ends.length === 0 ? -1 : Math.min(...ends);
}
