const REPLACEMENT: u32 = 0xfffd;
/** A result holds the code point, and above this bit the number of its bytes. */
const LENGTH_SHIFT: u32 = 24;
const CODE_POINT: u32 = (1 << LENGTH_SHIFT) - 1;
/** The top bits of eight bytes. If none of them is set, all eight bytes are ASCII. */
const TOP_BITS: u64 = ((<u64>0x80808080) << 32) | 0x80808080;

/**
 * Decodes UTF-8. Bytes that are not UTF-8 become U+FFFD, as in WHATWG's decoder: one U+FFFD for each longest sequence
 * that could be the beginning of a character. A byte order mark stays.
 */
export function decodeUtf8(ptr: usize, len: i32): string {
  const end = ptr + len;
  // Each byte becomes at most one unit, which has two bytes.
  const text = changetype<string>(__new((<usize>len) << 1, idof<string>()));
  const start = changetype<usize>(text);
  let out = start;
  while (ptr < end) {
    while (ptr + 8 <= end && (load<u64>(ptr) & TOP_BITS) === 0) {
      for (let i = 0; i < 8; i++) store<u16>(out + (i << 1), load<u8>(ptr + i));
      ptr += 8;
      out += 16;
    }
    if (ptr === end) break;
    const character = characterAt(ptr, end);
    ptr += character >> LENGTH_SHIFT;
    out = putCharacter(out, character & CODE_POINT);
  }
  return changetype<string>(__renew(start, out - start));
}

/** The code point of the bytes at `ptr`, or U+FFFD, and above it the number of its bytes. */
function characterAt(ptr: usize, end: usize): u32 {
  const first = <u32>load<u8>(ptr);
  if (first < 0x80) return first | (1 << LENGTH_SHIFT);
  const more = following(first);
  let codePoint = first & (0x3f >> more);
  let length: u32 = 1;
  while (length <= more && ptr + length < end) {
    const byte = <u32>load<u8>(ptr + length);
    if (!mayFollow(byte, first, length)) break;
    codePoint = (codePoint << 6) | (byte & 0x3f);
    length++;
  }
  const isWhole = more > 0 && length > more;
  return (isWhole ? codePoint : REPLACEMENT) | (length << LENGTH_SHIFT);
}

/** How many bytes follow this first byte of a character; 0 if it cannot be a first byte. */
function following(first: u32): u32 {
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return 1;
  return first < 0xf0 ? 2 : 3;
}

/**
 * Whether the byte may follow. After some first bytes, some second bytes are not allowed: they would make a character
 * in too many bytes, half of a surrogate pair, or a number beyond Unicode.
 */
function mayFollow(byte: u32, first: u32, place: u32): bool {
  const least: u32 = place > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const most: u32 = place > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  return byte >= least && byte <= most;
}

/** Writes one unit or two. Returns the address for the next one. */
function putCharacter(out: usize, codePoint: u32): usize {
  if (codePoint < 0x10000) {
    store<u16>(out, codePoint);
    return out + 2;
  }
  const rest = codePoint - 0x10000;
  store<u16>(out, 0xd800 | (rest >> 10));
  store<u16>(out, 0xdc00 | (rest & 0x3ff), 2);
  return out + 4;
}
