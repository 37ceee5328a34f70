/** From this number of bytes on, threads share bytes instead of copying them. */
const SHARED_FROM = 65_536;

/** New bytes that go to other threads. Many bytes are in memory that threads share, alone, so that nobody copies them. */
export function shareableBytes(size: number): Buffer {
  if (size < SHARED_FROM) return Buffer.allocUnsafe(size);
  return Buffer.from(new SharedArrayBuffer(size));
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
