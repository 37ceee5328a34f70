import { type Block, looseBlock, Parking } from "./parking.ts";
import { SPARE } from "./spare-memory.ts";

/** From this number of bytes on, threads share bytes instead of copying them. */
const SHARED_FROM = 65_536;

/** New bytes that go to other threads. Many bytes are in memory that threads share, alone, so that nobody copies them. */
export function shareableBytes(size: number): Buffer {
  if (size < SHARED_FROM) return Buffer.allocUnsafe(size);
  return Buffer.from(new SharedArrayBuffer(size));
}

/** Gives each suspended fiber memory that can go to other threads. It keeps nothing. */
class Departures extends Parking {
  override take(size: number): Block {
    return looseBlock(sparedBytes(size));
  }
}
export const DEPARTURES: Parking = new Departures();

/** Like `shareableBytes`, in memory that may have been used before: what is in it is undefined. */
function sparedBytes(size: number): Buffer {
  if (size < SHARED_FROM) return Buffer.allocUnsafe(size);
  const buffer = SPARE.take(size) ?? new SharedArrayBuffer(roundUp(size));
  return Buffer.from(buffer, 0, size);
}

/** New bytes that go to another thread for good. Many bytes have memory of their own, which is given away. */
export function movableBytes(size: number): Buffer {
  return size < SHARED_FROM ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size);
}

/** Whether these bytes are given away instead of copied. */
export function isMovable({ buffer, length }: Uint8Array): boolean {
  return length >= SHARED_FROM && buffer.byteLength === length && buffer instanceof ArrayBuffer;
}

/** The bytes themselves, or a copy that threads share, if they are many. */
export function toShareable(bytes: Buffer): Buffer {
  if (bytes.length < SHARED_FROM || isShared(bytes)) return bytes;
  const shared = shareableBytes(bytes.length);
  bytes.copy(shared);
  return shared;
}

/** Whether threads share these bytes. */
export function isShared(bytes: Uint8Array): boolean {
  return bytes.buffer instanceof SharedArrayBuffer;
}

/** The next of the sizes that memory has which is used again: four for each power of two. In whole pages. */
function roundUp(size: number): number {
  const quarter = 2 ** (Math.ceil(Math.log2(size)) - 3);
  return Math.ceil(size / quarter) * quarter;
}
