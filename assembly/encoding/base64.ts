import { BYTES_READ, putBase64Lines } from "./base64-vectors.ts";

// Two layouts of the same base64 (RFC 4648 §4, with padding):
//
//   mime   76 columns, CRLF between lines, none after the last line (RFC 2045 §6.8, as libcurl's parts)
//   file   64 columns, LF after every line, also the last (as in OpenSSL; the option `encoder` uses it)
//
// A line end is written when the next line begins, or at the end of the data. Before, it is not known which one.
const MIME_COLUMNS: i32 = 76;
const FILE_COLUMNS: i32 = 64;

const CRLF: u16 = 0x0a0d;
const LF: u8 = 0x0a;
const PAD: u8 = 0x3d;

const ALPHABET = memory.data<u8>([
  0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52,
  0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a,
  0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0x30, 0x31,
  0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x2b, 0x2f,
]);

/**
 * The state between two chunks: a group of three bytes that is not full, and the column in the line.
 *
 *   0        1         2       3        4       5
 *   ┌────────┬─────────┬───────┬────────┬───────┐
 *   │ column │ carried │ first │ second │ third │
 *   └────────┴─────────┴───────┴────────┴───────┘
 */
@unmanaged
class Base64State {
  /** Characters in the line so far. A full line stays full until the next one begins. */
  column: u8;
  /** How many of the three bytes below are used: 0 to 2 between chunks. */
  carried: u8;
  first: u8;
  second: u8;
  third: u8;
}

function columnsOf(file: bool): i32 {
  return file ? FILE_COLUMNS : MIME_COLUMNS;
}

/** The exact length of the base64 of `length` bytes. */
export function base64Length(file: bool, length: i64): i64 {
  const characters = ((length + 2) / 3) * 4;
  if (characters === 0) return 0;
  if (file) return characters + (characters + FILE_COLUMNS - 1) / FILE_COLUMNS;
  return characters + 2 * ((characters - 1) / MIME_COLUMNS);
}

/** The room for a chunk of `length` bytes, with the carried bytes and a line end before it. */
export function base64Bound(file: bool, length: i64): i64 {
  return base64Length(file, length + 2) + sizeof<u16>();
}

/** Encodes a chunk, see `encode` in encoder.ts. */
export function encodeBase64(
  file: bool,
  vectors: bool,
  carry: usize,
  src: usize,
  len: i32,
  last: bool,
  dst: usize,
): i32 {
  const state = changetype<Base64State>(carry);
  const start = dst;
  const end = src + len;
  if (state.carried > 0) {
    src = carryBytes(state, src, end);
    if (state.carried === 3) {
      dst = putGroups(file, state, firstByteOf(state), 1, dst);
      state.carried = 0;
    }
  }
  if (vectors) {
    const lead = min(groupsToLineEnd(file, state), <i32>(end - src) / 3);
    dst = putGroups(file, state, src, lead, dst);
    src += lead * 3;
    const lines = linesWithin(file, <i32>(end - src));
    dst = putLines(file, state, src, lines, dst);
    src += lines * lineBytes(file);
  }
  const groups = <i32>(end - src) / 3;
  dst = putGroups(file, state, src, groups, dst);
  carryBytes(state, src + groups * 3, end);
  if (last) dst = finish(file, state, dst);
  return <i32>(dst - start);
}

function firstByteOf(state: Base64State): usize {
  return changetype<usize>(state) + offsetof<Base64State>("first");
}

/** Fills the carried group with bytes from `src`. Returns the address of the first byte that was not needed. */
function carryBytes(state: Base64State, src: usize, end: usize): usize {
  while (state.carried < 3 && src < end) {
    store<u8>(firstByteOf(state) + state.carried, load<u8>(src++));
    state.carried++;
  }
  return src;
}

/** Number of groups until the line is full; 0 between two lines. */
function groupsToLineEnd(file: bool, state: Base64State): i32 {
  return state.column === 0 ? 0 : (columnsOf(file) - state.column) >> 2;
}

function lineBytes(file: bool): i32 {
  return (columnsOf(file) >> 2) * 3;
}

/**
 * How many whole lines of `length` bytes the vectors can encode without reading beyond these bytes. After the last
 * line they write a few characters too many, but fewer than the remaining bytes will need.
 */
function linesWithin(file: bool, length: i32): i32 {
  const spare = BYTES_READ - lineBytes(file);
  return max(length - spare, 0) / lineBytes(file);
}

/** Writes whole lines. It begins at the start of a line. */
function putLines(file: bool, state: Base64State, src: usize, lines: i32, dst: usize): usize {
  if (lines === 0) return dst;
  if (state.column > 0) dst = putLineEnd(file, dst);
  state.column = <u8>columnsOf(file);
  return putBase64Lines(file, src, lines, dst);
}

function putGroups(file: bool, state: Base64State, src: usize, groups: i32, dst: usize): usize {
  const columns = columnsOf(file);
  let column: i32 = state.column;
  for (const end = src + groups * 3; src < end; src += 3) {
    if (column === columns) {
      dst = putLineEnd(file, dst);
      column = 0;
    }
    putGroup(src, dst);
    dst += 4;
    column += 4;
  }
  state.column = <u8>column;
  return dst;
}

function putGroup(src: usize, dst: usize): void {
  const bits = ((<u32>load<u8>(src)) << 16) | ((<u32>load<u8>(src, 1)) << 8) | load<u8>(src, 2);
  store<u8>(dst, load<u8>(ALPHABET + (bits >> 18)), 0);
  store<u8>(dst, load<u8>(ALPHABET + ((bits >> 12) & 63)), 1);
  store<u8>(dst, load<u8>(ALPHABET + ((bits >> 6) & 63)), 2);
  store<u8>(dst, load<u8>(ALPHABET + (bits & 63)), 3);
}

function putLineEnd(file: bool, dst: usize): usize {
  if (file) {
    store<u8>(dst, LF);
    return dst + 1;
  }
  store<u16>(dst, CRLF);
  return dst + 2;
}

/** Writes the last group, padded, and the last line end, if there is one. Then the state is as at the start. */
function finish(file: bool, state: Base64State, dst: usize): usize {
  const carried: i32 = state.carried;
  if (carried > 0) {
    memory.fill(firstByteOf(state) + carried, 0, 3 - carried);
    dst = putGroups(file, state, firstByteOf(state), 1, dst);
    memory.fill(dst + carried - 3, PAD, 3 - carried);
  }
  if (file && state.column > 0) dst = putLineEnd(file, dst);
  memory.fill(changetype<usize>(state), 0, offsetof<Base64State>());
  return dst;
}
