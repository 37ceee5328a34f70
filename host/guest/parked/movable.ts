/** From this number of bytes on, bytes for another thread are given away instead of copied. */
const MOVED_FROM = 65_536;

/** New bytes that go to another thread for good. Many bytes have memory of their own, which is given away. */
export function movableBytes(size: number): Buffer {
  return size < MOVED_FROM ? Buffer.allocUnsafe(size) : Buffer.allocUnsafeSlow(size);
}

/** Whether these bytes are given away instead of copied. */
export function isMovable({ buffer, length }: Uint8Array): boolean {
  return length >= MOVED_FROM && buffer.byteLength === length && buffer instanceof ArrayBuffer;
}

/** The bytes themselves, or a copy that threads share, if they are many. */
export function toShareable(bytes: Buffer): Buffer {
  if (bytes.length < MOVED_FROM) return bytes;
  const shared = Buffer.from(new SharedArrayBuffer(bytes.length));
  bytes.copy(shared);
  return shared;
}
