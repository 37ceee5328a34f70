/** From this number of bytes on, threads share bytes instead of copying them. */
const SHARED_FROM = 65_536;

/** New bytes that go to other threads. Many bytes are in memory that threads share, alone, so that nobody copies them. */
export function shareableBytes(size: number): Buffer {
  if (size < SHARED_FROM) return Buffer.allocUnsafe(size);
  return Buffer.from(new SharedArrayBuffer(size));
}

/** Whether threads share these bytes. */
export function isShared(bytes: Uint8Array): boolean {
  return bytes.buffer instanceof SharedArrayBuffer;
}
