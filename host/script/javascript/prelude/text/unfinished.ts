import type { Bytes } from "../seam/bytes.ts";

/** How many bytes at the end begin a character that is not complete. Encodings of one byte a character have none. */
export function unfinishedSize(encoding: string, bytes: Bytes): number {
  if (encoding === "utf-8") return unfinishedUtf8(bytes);
  return encoding.startsWith("utf-16") ? unfinishedUtf16(bytes, encoding === "utf-16be") : 0;
}

function unfinishedUtf8(bytes: Bytes): number {
  for (let size = 1; size <= Math.min(3, bytes.length); size++) {
    const byte = bytes[bytes.length - size] as number;
    if (byte >= 0x80 && byte < 0xc0) continue;
    return size < lengthOf(byte) && isValidStart(bytes.subarray(bytes.length - size)) ? size : 0;
  }
  return 0;
}

/** The length of a character that begins with this byte. */
function lengthOf(first: number): number {
  if (first < 0xc2 || first > 0xf4) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

/** The second byte has fewer values after some first ones (WHATWG Encoding §8.1.1). Others are malformed at once. */
function isValidStart(start: Bytes): boolean {
  const [first = 0, second] = start;
  if (second === undefined) return true;
  if (first === 0xe0) return second >= 0xa0;
  if (first === 0xed) return second <= 0x9f;
  if (first === 0xf0) return second >= 0x90;
  return first !== 0xf4 || second <= 0x8f;
}

/** Half of a unit, and the first unit of a pair. */
function unfinishedUtf16(bytes: Bytes, isBigEndian: boolean): number {
  const half = bytes.length % 2;
  const end = bytes.length - half;
  if (end === 0) return half;
  const high = bytes[isBigEndian ? end - 2 : end - 1] as number;
  return high >= 0xd8 && high <= 0xdb ? half + 2 : half;
}
