// Twelve bytes become sixteen characters in one vector. This is Wojciech Muła's method: spread the bytes so that
// each 32-bit lane holds one group, split the lane into four sextets, then add a number to each sextet, which
// makes it the ASCII code of its character.

/** How many bytes after the start of a line the vectors read, in both layouts: five loads, the last of nine bytes. */
export const BYTES_READ: i32 = 64;

const CRLF: u16 = 0x0a0d;
const LF: u8 = 0x0a;

// A lane has the bytes b c a b of the group a b c (little endian: the most significant byte is the last):
//   bbbbcccc_cccccccc_aaaaaabb_bbbb....
// So the sextets 0 and 2 must be shifted right, and the sextets 1 and 3 must be shifted left.
const SEXTET_0: v128 = i32x4(0x0000fc00, 0x0000fc00, 0x0000fc00, 0x0000fc00);
const SEXTET_2: v128 = i32x4(0x0fc00000, 0x0fc00000, 0x0fc00000, 0x0fc00000);
const SEXTETS_1_3: v128 = i32x4(0x003f03f0, 0x003f03f0, 0x003f03f0, 0x003f03f0);
// For each half of 16 bits: << 4 for sextet 1, << 8 for sextet 3.
const SHIFTS_1_3: v128 = i16x8(0x10, 0x100, 0x10, 0x100, 0x10, 0x100, 0x10, 0x100);

// What to add to a sextet. The index is 0 for a-z (26 to 51), 1 to 10 for the digits, 11 for +, 12 for /, 13 for A-Z.
// biome-ignore format: one column for each class
const OFFSETS: v128 = i8x16(71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 65, 0, 0);
const LAST_LETTER: v128 = i8x16.splat(51);
const LETTERS: v128 = i8x16.splat(26);
const UPPER_CLASS: v128 = i8x16.splat(13);

/**
 * Writes `lines` lines of 48 bytes (`file`) or 57 bytes, with line ends between them. Returns the end of the last line.
 */
export function putBase64Lines(file: bool, src: usize, lines: i32, dst: usize): usize {
  while (true) {
    v128.store(dst, encodeTwelve(v128.load(src)));
    v128.store(dst, encodeTwelve(v128.load(src, 12)), 16);
    v128.store(dst, encodeTwelve(v128.load(src, 24)), 32);
    v128.store(dst, encodeTwelve(v128.load(src, 36)), 48);
    src += 48;
    dst += 64;
    if (!file) {
      // Nine bytes of the load belong to the line. The last four characters of the store will be overwritten.
      v128.store(dst, encodeTwelve(v128.load(src)));
      src += 9;
      dst += 12;
    }
    if (--lines === 0) return dst;
    if (file) {
      store<u8>(dst++, LF);
    } else {
      store<u16>(dst, CRLF);
      dst += 2;
    }
  }
}

/** The sixteen characters of the first twelve bytes of a vector. */
function encodeTwelve(bytes: v128): v128 {
  const lanes = v128.shuffle<u8>(bytes, bytes, 1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  const sextets = v128.or(
    v128.or(i32x4.shr_u(v128.and(lanes, SEXTET_0), 10), i32x4.shr_u(v128.and(lanes, SEXTET_2), 6)),
    i16x8.mul(v128.and(lanes, SEXTETS_1_3), SHIFTS_1_3),
  );
  const upper = v128.and(i8x16.lt_s(sextets, LETTERS), UPPER_CLASS);
  const classes = v128.or(i8x16.sub_sat_u(sextets, LAST_LETTER), upper);
  return i8x16.add(sextets, i8x16.swizzle(OFFSETS, classes));
}
