import { QuotedPrintableState } from "./quoted-printable-state.ts";

// It works on blocks of sixteen bytes. The token of a byte is known, except for a CR and for a blank before a CR: there
// the block is cut. A literal block is copied. Other blocks are expanded without a branch, four bytes at a time. A
// vector holds the four bytes, their eight hexadecimal digits and "=", which is everything that can be written for
// them. A table gives the order for each pattern of escapes.
//
// More is written than the tokens that count. The rest will be overwritten by the next tokens.

const BLOCK: i32 = 16;
/** The block and the byte after it. To see a CRLF, two bytes would be needed, but the block is cut at a CR. */
const BYTES_READ: i32 = BLOCK + 1;
/** Up to this column a token always fits, independent of what follows it. */
const SURE_COLUMNS: i32 = 75;

const CRLF: u16 = 0x0a0d;
const CR: u8 = 0x0d;

const TABS: v128 = i8x16.splat(0x09);
const CRS: v128 = i8x16.splat(0x0d);
const SPACES: v128 = i8x16.splat(0x20);
const EQUALS: v128 = i8x16.splat(0x3d);
const DELETES: v128 = i8x16.splat(0x7f);
const LOW_NIBBLES: v128 = i8x16.splat(0x0f);
const DIGITS: v128 = i8x16(48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 65, 66, 67, 68, 69, 70);

// For each pattern of escapes in four bytes (the lowest bit is the first byte): the sources of the bytes that are
// written. 0 to 3 are the four bytes, 4 to 7 and 8 to 11 are their digits, and 12 is "=".
// biome-ignore format: one row for each pattern
const ORDERS = memory.data<u8>([
   0,  1,  2,  3,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
  12,  4,  8,  1,  2,  3,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
   0, 12,  5,  9,  2,  3,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
  12,  4,  8, 12,  5,  9,  2,  3,  0,  0,  0,  0,  0,  0,  0,  0,
   0,  1, 12,  6, 10,  3,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
  12,  4,  8,  1, 12,  6, 10,  3,  0,  0,  0,  0,  0,  0,  0,  0,
   0, 12,  5,  9, 12,  6, 10,  3,  0,  0,  0,  0,  0,  0,  0,  0,
  12,  4,  8, 12,  5,  9, 12,  6, 10,  3,  0,  0,  0,  0,  0,  0,
   0,  1,  2, 12,  7, 11,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
  12,  4,  8,  1,  2, 12,  7, 11,  0,  0,  0,  0,  0,  0,  0,  0,
   0, 12,  5,  9,  2, 12,  7, 11,  0,  0,  0,  0,  0,  0,  0,  0,
  12,  4,  8, 12,  5,  9,  2, 12,  7, 11,  0,  0,  0,  0,  0,  0,
   0,  1, 12,  6, 10, 12,  7, 11,  0,  0,  0,  0,  0,  0,  0,  0,
  12,  4,  8,  1, 12,  6, 10, 12,  7, 11,  0,  0,  0,  0,  0,  0,
   0, 12,  5,  9, 12,  6, 10, 12,  7, 11,  0,  0,  0,  0,  0,  0,
  12,  4,  8, 12,  5,  9, 12,  6, 10, 12,  7, 11,  0,  0,  0,  0,
]);

/** Writes blocks from `state.src`, up to a token that needs all rules, or that is too near to `end`. */
export function putVectors(state: QuotedPrintableState, end: usize): void {
  let column: i32 = state.column;
  let src = state.src;
  let dst = state.dst;
  while (src + BYTES_READ <= end) {
    const bytes = v128.load(src);
    const count = ctz(stopsIn(bytes, v128.load(src, 1)) | (1 << BLOCK));
    const escapes = escapesIn(bytes) & ((1 << count) - 1);
    if (escapes === 0) v128.store(dst, bytes);
    else expand(bytes, escapes, dst);
    const room = max(SURE_COLUMNS - column, 0);
    const columns = columnsOf(count, escapes);
    if (columns <= room) {
      src += count;
      dst += columns;
      column += columns;
      if (count === BLOCK) continue;
      if (load<u16>(src) !== CRLF) break;
      store<u16>(dst, CRLF);
      src += 2;
      dst += 2;
    } else {
      const fitting = escapes === 0 ? room : countWithin(room, escapes);
      src += fitting;
      dst += columnsOf(fitting, escapes);
      column += columnsOf(fitting, escapes);
      // If this CR begins a line break, the token before it may end at column 76.
      if (load<u8>(src, 1) === CR) break;
      store<u32>(dst, 0x0a0d3d);
      dst += 3;
    }
    column = 0;
  }
  state.column = <u8>column;
  state.src = src;
  state.dst = dst;
}

/** Has a bit for each byte whose token depends on other bytes. `next` are the bytes, shifted by one. */
function stopsIn(bytes: v128, next: v128): i32 {
  const blanks = v128.or(i8x16.eq(bytes, SPACES), i8x16.eq(bytes, TABS));
  return i8x16.bitmask(v128.or(i8x16.eq(bytes, CRS), v128.and(blanks, i8x16.eq(next, CRS))));
}

/**
 * Has a bit for each byte that is escaped, if blanks before a line end are ignored. Signed, a byte above 0x7f is below
 * 0.
 */
function escapesIn(bytes: v128): i32 {
  const controls = v128.andnot(i8x16.lt_s(bytes, SPACES), i8x16.eq(bytes, TABS));
  return i8x16.bitmask(v128.or(controls, v128.or(i8x16.eq(bytes, DELETES), i8x16.eq(bytes, EQUALS))));
}

/** The number of columns of the first `count` tokens. */
function columnsOf(count: i32, escapes: i32): i32 {
  return count + 2 * popcnt(escapes & ((1 << count) - 1));
}

/** Of sixteen tokens that do not all fit, the number of those that fit into `room` columns. */
function countWithin(room: i32, escapes: i32): i32 {
  let count = 0;
  for (let step = BLOCK >> 1; step > 0; step >>= 1) {
    count += columnsOf(count + step, escapes) <= room ? step : 0;
  }
  return count;
}

/** Writes the tokens of sixteen bytes. */
function expand(bytes: v128, escapes: i32, dst: usize): void {
  const high = i8x16.swizzle(DIGITS, v128.and(i16x8.shr_u(bytes, 4), LOW_NIBBLES));
  const low = i8x16.swizzle(DIGITS, v128.and(bytes, LOW_NIBBLES));
  // A 4 × 4 transpose. Each group gets four bytes of each of the three vectors, and four of "=".
  const front01 = v128.shuffle<u32>(bytes, high, 0, 4, 1, 5);
  const front23 = v128.shuffle<u32>(bytes, high, 2, 6, 3, 7);
  const back01 = v128.shuffle<u32>(low, EQUALS, 0, 4, 1, 5);
  const back23 = v128.shuffle<u32>(low, EQUALS, 2, 6, 3, 7);
  dst = putGroup(v128.shuffle<u64>(front01, back01, 0, 2), escapes & 15, dst);
  dst = putGroup(v128.shuffle<u64>(front01, back01, 1, 3), (escapes >> 4) & 15, dst);
  dst = putGroup(v128.shuffle<u64>(front23, back23, 0, 2), (escapes >> 8) & 15, dst);
  putGroup(v128.shuffle<u64>(front23, back23, 1, 3), escapes >> 12, dst);
}

function putGroup(group: v128, escapes: i32, dst: usize): usize {
  v128.store(dst, i8x16.swizzle(group, v128.load(ORDERS + (escapes << 4))));
  return dst + 4 + 2 * popcnt(escapes);
}
