import { QuotedPrintableState } from "./quoted-printable-state.ts";
import { putVectors } from "./quoted-printable-vectors.ts";

// Quoted-printable (RFC 2045 §6.7), as libcurl writes it. A token is what is written for a byte: the byte, or =XX.
//
// - 0x21 to 0x7e are literal, except "=". Blanks are literal, unless a CRLF or the end of the data follows.
// - CRLF is a hard line break. A CR or LF alone is escaped, and so is every other byte.
// - No line is longer than 76. Before a token that would end after column 76, there is a soft line break: "=" CRLF.
//   A token may end at 76 only if a line break or the end of the data follows.

const MAX_COLUMNS: i32 = 76;
/** Up to this column a token always fits, independent of what follows it. */
const SURE_COLUMNS: i32 = MAX_COLUMNS - 1;
/** The shortest line that ends with a soft line break: an escape may not fit after column 73. */
const LEAST_SOFT_LINE: i64 = 73;

/** A token can depend on this many bytes after its own byte, because they may be CRLF. */
const LOOKAHEAD: i32 = 2;

const TAB: u32 = 0x09;
const LF: u32 = 0x0a;
const CR: u32 = 0x0d;
const SPACE: u32 = 0x20;
const EQUALS: u32 = 0x3d;
const TILDE: u32 = 0x7e;
const CRLF: u16 = 0x0a0d;

const ESCAPE_SIZE: i32 = 3;
const SOFT_BREAK_SIZE: i32 = 3;

/** The room for a chunk of `length` bytes: if all are escapes, with soft line breaks, and with one vector too many. */
export function quotedPrintableBound(length: i64): i64 {
  const columns = (length + LOOKAHEAD) * ESCAPE_SIZE;
  return columns + (columns / LEAST_SOFT_LINE + 2) * SOFT_BREAK_SIZE + sizeof<v128>();
}

/** Encodes a chunk, see `encode` in encoder.ts. */
export function encodeQuotedPrintable(
  vectors: bool,
  carry: usize,
  src: usize,
  len: i32,
  last: bool,
  dst: usize,
): i32 {
  const state = changetype<QuotedPrintableState>(carry);
  state.dst = dst;
  const used = putCarried(state, src, len, last);
  if (used >= 0) {
    state.src = src + used;
    putTokens(vectors, state, src + len, last);
    carryBytes(state, state.src, <i32>(src + len - state.src));
  }
  const written = <i32>(state.dst - dst);
  state.src = 0;
  state.dst = 0;
  if (last) memory.fill(carry, 0, offsetof<QuotedPrintableState>());
  return written;
}

function windowOf(state: QuotedPrintableState): usize {
  return changetype<usize>(state) + offsetof<QuotedPrintableState>("window");
}

/** Keeps the last bytes of a chunk, at most LOOKAHEAD of them. */
function carryBytes(state: QuotedPrintableState, src: usize, count: i32): void {
  memory.copy(windowOf(state), src, count);
  state.carried = <u8>count;
}

/**
 * Writes the carried bytes. Returns how many bytes of the chunk were written too; -1 if all of them are carried now.
 */
function putCarried(state: QuotedPrintableState, src: usize, len: i32, last: bool): i32 {
  const carried: i32 = state.carried;
  if (carried === 0) return 0;
  const window = windowOf(state);
  const joined = min(len, LOOKAHEAD);
  const count = carried + joined;
  memory.copy(window + carried, src, joined);
  state.src = window;
  const stop = last ? carried : min(carried, count - LOOKAHEAD);
  while (<i32>(state.src - window) < stop) putToken(state, window + count);
  const done = <i32>(state.src - window);
  if (done >= carried) return done - carried;
  carryBytes(state, state.src, count - done);
  return -1;
}

/** Writes tokens from `state.src`, up to the first one that depends on bytes after `end`. */
function putTokens(vectors: bool, state: QuotedPrintableState, end: usize, last: bool): void {
  const stop = last ? end : end - LOOKAHEAD;
  // Signed, because the stop of a short chunk is before its start.
  while (<isize>(state.src - stop) < 0) {
    if (vectors) putVectors(state, end);
    putRun(state, stop, end);
    if (<isize>(state.src - stop) < 0) putToken(state, end);
  }
}

/** Writes tokens that certainly fit into the line, up to one that may not fit, or that depends on a CRLF. */
function putRun(state: QuotedPrintableState, stop: usize, end: usize): void {
  let column: i32 = state.column;
  let src = state.src;
  let dst = state.dst;
  for (; src < stop; src++) {
    const byte: u32 = load<u8>(src);
    if (isLiteral(byte) || (isBlank(byte) && src + 1 < end && load<u8>(src, 1) !== CR)) {
      if (column >= SURE_COLUMNS) break;
      store<u8>(dst++, byte);
      column++;
    } else {
      if (byte === CR || isBlank(byte) || column > SURE_COLUMNS - ESCAPE_SIZE) break;
      putEscape(byte, dst);
      dst += ESCAPE_SIZE;
      column += ESCAPE_SIZE;
    }
  }
  state.column = <u8>column;
  state.src = src;
  state.dst = dst;
}

/** Writes one token, by all rules. The data ends at `end`, or at least LOOKAHEAD more bytes follow. */
function putToken(state: QuotedPrintableState, end: usize): void {
  const byte: u32 = load<u8>(state.src);
  if (byte === CR && isLineBreak(state.src, end)) {
    store<u16>(state.dst, CRLF);
    state.dst += 2;
    state.src += 2;
    state.column = 0;
    return;
  }
  const ends = isLineEnd(state.src + 1, end);
  const literal = isLiteral(byte) || (isBlank(byte) && !ends);
  const size = literal ? 1 : ESCAPE_SIZE;
  if (state.column + size > (ends ? MAX_COLUMNS : SURE_COLUMNS)) putSoftBreak(state);
  if (literal) store<u8>(state.dst, byte);
  else putEscape(byte, state.dst);
  state.dst += size;
  state.column += <u8>size;
  state.src++;
}

function putSoftBreak(state: QuotedPrintableState): void {
  store<u8>(state.dst, EQUALS);
  store<u16>(state.dst, CRLF, 1);
  state.dst += SOFT_BREAK_SIZE;
  state.column = 0;
}

function putEscape(byte: u32, dst: usize): void {
  store<u8>(dst, EQUALS);
  store<u8>(dst, hexDigit(byte >> 4), 1);
  store<u8>(dst, hexDigit(byte & 15), 2);
}

function hexDigit(value: u32): u32 {
  return value + (value < 10 ? 0x30 : 0x37);
}

function isLiteral(byte: u32): bool {
  return byte > SPACE && byte <= TILDE && byte !== EQUALS;
}

function isBlank(byte: u32): bool {
  return byte === SPACE || byte === TAB;
}

function isLineBreak(at: usize, end: usize): bool {
  return at + 1 < end && load<u8>(at) === CR && load<u8>(at, 1) === LF;
}

function isLineEnd(at: usize, end: usize): bool {
  return at >= end || isLineBreak(at, end);
}
