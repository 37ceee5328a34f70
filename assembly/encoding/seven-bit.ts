/**
 * 7bit changes nothing, and fails at the first byte above 0x7f: the result is then -1 less the number of
 * bytes before it, which are at `dst`. It carries nothing from chunk to chunk.
 */
export function encodeSevenBit(vectors: bool, src: usize, len: i32, dst: usize): i32 {
  const count = vectors ? countSevenBitVectors(src, len) : countSevenBit(src, 0, len);
  memory.copy(dst, src, count);
  return count < len ? -1 - count : len;
}

/** How many bytes there are before the first above 0x7f, the first `known` of which are not looked at. */
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
    // The bitmask of a vector is the top bit of each of its bytes: just what 7bit forbids.
    if (i8x16.bitmask(v128.or(front, back)) !== 0) break;
  }
  return countSevenBit(src, count, len);
}
