/**
 * 7bit changes no byte, and fails at the first byte above 0x7f. The result is then -1 minus the number of bytes before
 * it, which are at `dst`. It has no state between chunks.
 */
export function encodeSevenBit(vectors: bool, src: usize, len: i32, dst: usize): i32 {
  const count = vectors ? countSevenBitVectors(src, len) : countSevenBit(src, 0, len);
  memory.copy(dst, src, count);
  return count < len ? -1 - count : len;
}

/** The number of bytes before the first byte above 0x7f. The first `known` bytes are not checked. */
function countSevenBit(src: usize, known: i32, len: i32): i32 {
  let count = known;
  while (count < len && load<u8>(src + count) < 0x80) count++;
  return count;
}

function countSevenBitVectors(src: usize, len: i32): i32 {
  let count = 0;
  for (; count + 64 <= len; count += 64) {
    const at = src + count;
    const front = v128.or(v128.load(at), v128.load(at, 16));
    const back = v128.or(v128.load(at, 32), v128.load(at, 48));
    // The bitmask of a vector has the top bit of each byte. This is the bit that 7bit forbids.
    if (i8x16.bitmask(v128.or(front, back)) !== 0) break;
  }
  return countSevenBit(src, count, len);
}
